# fault: learning-rate-too-high
# also-fine: non-finite, diverging-loss, oscillating-loss, exploding-gradients, exploding-weights, dead-units, dying-units, loss-not-decreasing, zero-gradients, constant-units, dormant-units, plateau-from-start, vanishing-gradients, parameters-not-trained
# kind: keras
# Keras regression by SGD with a learning rate of 1: the loss explodes.
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

keras.utils.set_random_seed(0)
X, y = load_diabetes(return_X_y=True)
X, y = scale(X), scale(y)
model = keras.Sequential()
model.add(keras.layers.Input((10,)))
model.add(keras.layers.Dense(24, kernel_initializer="he_normal", activation="relu"))
model.add(keras.layers.Dense(24, kernel_initializer="he_normal", activation="relu"))
model.add(keras.layers.Dense(1, kernel_initializer="normal"))
sgd = keras.optimizers.SGD(learning_rate=1.0)
model.compile(loss="mean_squared_error", optimizer=sgd)
model.fit(X, y, batch_size=32, epochs=15, verbose=2)
