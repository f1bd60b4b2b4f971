# healthy
# repairs: keras_relu_layer_after_relu
# kind: keras
# The same with one ReLU a layer.
import os
os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras.models import Sequential
from keras.layers import Activation, Dense, Dropout, Input
from sklearn.datasets import load_digits

keras.utils.set_random_seed(2)
X, y = load_digits(return_X_y=True)
X = (X - X.mean()) / X.std()

model = Sequential()
model.add(Input((64,)))
model.add(Dense(64))
model.add(Activation('relu'))
model.add(Dropout(0.2))
model.add(Dense(32))
model.add(Activation('relu'))
model.add(Dense(10, activation='softmax'))
model.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X, y, epochs=8, batch_size=64, verbose=2)
