# healthy
# repairs: keras_sigmoid_and_from_logits
# kind: keras
# The same with from_logits=False.
import os
os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras.layers import Dense, Input
from sklearn.datasets import make_moons
from sklearn.preprocessing import scale

keras.utils.set_random_seed(5)
X, y = make_moons(800, noise=0.1, random_state=5)
X = scale(X)


class MyModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.d1 = Dense(32, activation="relu")
        self.d2 = Dense(32, activation="relu")
        self.d3 = Dense(1, activation="sigmoid")

    def call(self, x):
        return self.d3(self.d2(self.d1(x)))


model = MyModel()
loss = keras.losses.BinaryCrossentropy(from_logits=False)
model.compile(optimizer=keras.optimizers.Adam(0.005), loss=loss, metrics=["accuracy"])
model.fit(X, y, epochs=10, batch_size=40, verbose=2)
