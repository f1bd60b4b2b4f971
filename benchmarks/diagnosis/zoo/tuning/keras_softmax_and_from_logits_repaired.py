# healthy
# repairs: keras_softmax_and_from_logits
# kind: keras
# The same with from_logits=False.
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
digits = load_digits()
x = (digits.data - 8.0) / 8.0
y = keras.utils.to_categorical(digits.target)

model = keras.Sequential([
    layers.Input((64,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(10),
    layers.Softmax(),
])
model.compile(
    optimizer="adam",
    loss=keras.losses.CategoricalCrossentropy(from_logits=False),
    metrics=["accuracy"],
)
model.fit(x, y, batch_size=64, epochs=8, verbose=2)
