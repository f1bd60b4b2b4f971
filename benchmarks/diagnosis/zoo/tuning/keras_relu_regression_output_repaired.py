# healthy
# repairs: keras_relu_regression_output
# kind: keras
# The same with a linear output.
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)


def get_data():
    x, y = load_diabetes(return_X_y=True)
    x = StandardScaler().fit_transform(x)
    y = StandardScaler().fit_transform(y.reshape(-1, 1))
    return x, y


def get_model():
    inp = layers.Input(shape=(10,))
    z = layers.Dense(32, activation="relu")(inp)
    z = layers.Dense(32, activation="relu")(z)
    out = layers.Dense(1)(z)
    return keras.Model(inp, out)


x, y = get_data()
model = get_model()
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(x, y, epochs=15, batch_size=32, verbose=2)
