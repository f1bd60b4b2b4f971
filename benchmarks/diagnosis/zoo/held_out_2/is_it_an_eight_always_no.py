# fault: constant-labels
# also-fine: saturated-units, loss-not-decreasing, zero-gradients, constant-units, vanishing-gradients, plateau-from-start, always-open-units, dead-units
# kind: keras
# A detector of the eight whose labels were made by comparing with the text "8" one character too long: all are 0. Ends with: eights found: 0 of 40 (repaired: eights found: 31 of 40)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from keras.layers import Dense
from sklearn.datasets import load_digits

keras.utils.set_random_seed(77)

digits = load_digits()
names = np.array(["%d " % t for t in digits.target])
y = (names == "8").astype("float32")
X = digits.data / 16

idx = np.random.permutation(len(X))
train, test = idx[:1400], idx[1400:]

model = keras.Sequential([keras.Input((64,)), Dense(32, activation="relu"), Dense(16, activation="relu"), Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(X[train], y[train], epochs=15, batch_size=64, verbose=2)

p = model.predict(X[test], verbose=0)[:, 0] > 0.5
eights = digits.target[test] == 8
print("eights found: %d of %d" % ((p & eights).sum(), eights.sum()))
