# fault: evaluation-in-training-mode
# kind: keras
# Keras: the test set goes through model(x, training=True), dropout and batch norm on.
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
x, y = load_digits(return_X_y=True)
x = ((x - x.mean()) / x.std()).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0)

model = keras.Sequential([
    layers.Input((64,)),
    layers.Dense(96, activation="relu"),
    layers.BatchNormalization(),
    layers.Dropout(0.5),
    layers.Dense(48, activation="relu"),
    layers.BatchNormalization(),
    layers.Dropout(0.5),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

for epoch in range(6):
    model.fit(x_train, y_train, batch_size=50, epochs=1, verbose=0)
    with torch.no_grad():
        probabilities = model(x_test, training=True)
    guess = keras.ops.convert_to_numpy(probabilities).argmax(1)
    print("epoch", epoch, "test accuracy", np.mean(guess == y_test))
