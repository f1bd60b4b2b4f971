# fault: single-output-softmax
# also-fine: loss-output-mismatch, loss-not-decreasing, plateau-from-start, zero-gradients, vanishing-gradients, loss-independent-of-parameters, parameters-not-trained, constant-units
# kind: keras
# Keras binary classifier whose last layer is a softmax over one unit: always 1.
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(1)
X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X).astype("float32")
y = y.astype("float32")

model = keras.Sequential()
model.add(layers.Input(shape=(30,)))
model.add(layers.Dense(16, activation="relu"))
model.add(layers.Dense(8, activation="relu"))
model.add(layers.Dense(1, activation="softmax"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X, y, epochs=10, batch_size=32, verbose=2)
