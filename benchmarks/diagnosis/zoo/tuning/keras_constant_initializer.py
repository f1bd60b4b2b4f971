# fault: duplicate-units
# also-fine: bad-initial-scale, plateau-from-start, loss-not-decreasing, learning-rate-too-low
# kind: keras
# Keras with kernel_initializer=Constant(0.05) in each layer: the units stay equal.
import os
os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras import layers, initializers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
x, y = load_digits(return_X_y=True)
x = (x - x.mean()) / x.std()
init = initializers.Constant(0.05)

model = keras.Sequential([
    layers.Input((64,)),
    layers.Dense(32, activation="tanh", kernel_initializer=init),
    layers.Dense(32, activation="tanh", kernel_initializer=init),
    layers.Dense(10, activation="softmax", kernel_initializer=init),
])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=64, epochs=8, verbose=2)
