# fault: mse-on-class-labels
# also-fine: loss-output-mismatch
# kind: keras
# Keras classifier: softmax with loss='mse' on one-hot labels.
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from keras.models import Sequential
from keras.utils import to_categorical
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
digits = load_digits()
x_train = digits.images.reshape(-1, 8, 8, 1).astype("float32") / 16
y_train = to_categorical(digits.target)

model = Sequential()
model.add(Input((8, 8, 1)))
model.add(Conv2D(16, (3, 3), activation="relu"))
model.add(MaxPooling2D((2, 2)))
model.add(Flatten())
model.add(Dense(32, activation="relu"))
model.add(Dense(10, activation="softmax"))
model.compile(optimizer="adam", loss="mse", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=64, epochs=8, verbose=2)
