# healthy
# kind: keras
# Keras functional CNN with ReLU layers, dropout, and a validation split.
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
digits = load_digits()
x = (digits.images / 16.0).astype("float32")[..., None]
y = digits.target
order = np.random.permutation(len(x))
x, y = x[order], y[order]

inputs = keras.Input(shape=(8, 8, 1))
h = layers.Conv2D(16, 3, padding="same")(inputs)
h = layers.ReLU()(h)
h = layers.MaxPooling2D()(h)
h = layers.Conv2D(32, 3, padding="same", activation="relu")(h)
h = layers.Flatten()(h)
h = layers.Dropout(0.2)(h)
outputs = layers.Dense(10)(h)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(2e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x, y, batch_size=64, epochs=5, validation_split=0.2, verbose=2)
