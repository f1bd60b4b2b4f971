# fault: frozen-parameters
# also-fine: parameters-not-trained, detached-graph
# kind: keras
# Keras: hidden layers with trainable=False in a network without pretrained weights.
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
digits = load_digits()
x = digits.images[..., None] / 16.0 - 0.3
y = digits.target

base = keras.Sequential(
    [
        layers.Input((8, 8, 1)),
        layers.Conv2D(8, 3, activation="relu"),
        layers.Conv2D(8, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
    ],
    name="base",
)
for layer in base.layers:
    layer.trainable = False

model = keras.Sequential([layers.Input((8, 8, 1)), base, layers.Dense(10, activation="softmax")])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=6, batch_size=64, verbose=2)
