# healthy
# repairs: keras_adam_rate_of_one
# kind: keras
# The same at Adam's usual rate.
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
model.compile(optimizer=Adam(learning_rate=0.001), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X, y, batch_size=16, epochs=20, verbose=2)
