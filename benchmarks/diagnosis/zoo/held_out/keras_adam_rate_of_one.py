# fault: learning-rate-too-high
# also-fine: saturated-units, oscillating-loss, diverging-loss, loss-not-decreasing, exploding-gradients, zero-gradients, vanishing-gradients, exploding-weights, constant-units, dead-units
# kind: keras
# Keras classifier on wine, Adam with a learning rate of 1.
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras import layers
from keras.optimizers import Adam
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(2)
data = load_wine()
X = StandardScaler().fit_transform(data.data)
y = data.target

inputs = keras.Input(shape=(13,))
x = layers.Dense(64, activation="tanh")(inputs)
x = layers.Dense(64, activation="tanh")(x)
outputs = layers.Dense(3, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer=Adam(learning_rate=1.0), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X, y, batch_size=16, epochs=20, verbose=2)
