# healthy
# repairs: diabetes_relu_at_the_end
# kind: keras
# The repaired twin. Ends with: lowest prediction -1.74, lowest target -1.46, r2 0.48 (faulty: lowest prediction 0.00, lowest target -1.46, r2 0.28)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(21)

X, y = load_diabetes(return_X_y=True)
X = StandardScaler().fit_transform(X)
y = StandardScaler().fit_transform(y.reshape(-1, 1))
train, test = slice(0, 350), slice(350, None)


def build_model():
    m = keras.Sequential()
    m.add(keras.Input(shape=(10,)))
    m.add(layers.Dense(20, activation="relu"))
    m.add(layers.Dense(20, activation="relu"))
    m.add(layers.Dense(1))
    m.compile(loss="mse", optimizer=keras.optimizers.SGD(0.02, momentum=0.8), metrics=["mae"])
    return m


model = build_model()
model.fit(X[train], y[train], epochs=30, batch_size=32, verbose=2)
prediction = model.predict(X[test], verbose=0)
r2 = 1 - np.mean((prediction - y[test]) ** 2) / np.var(y[test])
print("lowest prediction %.2f, lowest target %.2f, r2 %.2f" % (prediction.min(), y[test].min(), r2))
