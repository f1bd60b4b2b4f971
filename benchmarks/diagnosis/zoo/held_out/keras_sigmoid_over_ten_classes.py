# fault: loss-output-mismatch
# kind: keras
# Keras digits classifier: ten sigmoids into categorical cross entropy.
import os
os.environ["KERAS_BACKEND"] = "torch"

import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Dense, Input
from keras.utils import to_categorical
from sklearn.datasets import load_digits

np.random.seed(7)
keras.utils.set_random_seed(7)

digits = load_digits()
X = digits.data.astype("float32") / 16
Y = to_categorical(digits.target, 10)

model = Sequential()
model.add(Input((64,)))
model.add(Dense(48, activation="relu"))
model.add(Dense(10, activation="sigmoid"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X, Y, epochs=8, batch_size=64, verbose=2)
scores = model.evaluate(X, Y, verbose=0)
print("Accuracy: %.2f%%" % (scores[1] * 100))
