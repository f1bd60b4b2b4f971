# fault: deep-saturating-stack, vanishing-gradients
# also-fine: loss-not-decreasing, plateau-from-start, bad-initial-scale, outputs-not-centred, constant-units, learning-rate-too-low, duplicate-units, dormant-units
# kind: keras
# Keras classifier with six sigmoid hidden layers.
import os
os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras import Sequential, layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(1)
(x, y) = load_digits(return_X_y=True)
x = (x - x.mean()) / x.std()

ACTIVATION = "sigmoid"

model = Sequential()
model.add(layers.Input((64,)))
for _ in range(6):
    model.add(layers.Dense(32, activation=ACTIVATION))
model.add(layers.Dense(10, activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=8, batch_size=64, verbose=2)
