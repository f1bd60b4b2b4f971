# fault: bad-initial-scale, saturated-units
# also-fine: vanishing-gradients, learning-rate-too-low, noisy-gradients, zero-gradients, constant-units, exploding-gradients, overfitting, deep-saturating-stack, plateau-from-start, learning-rate-too-high, loss-not-decreasing, outputs-not-centred
# kind: keras
# tanh layers whose weights begin with a standard deviation of 4: nearly every unit is at an end. Ends with: Test loss 1.258, accuracy 0.579 (repaired: Test loss 0.159, accuracy 0.960)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from keras.layers import Dense
from keras.initializers import RandomNormal
from sklearn.datasets import load_digits
from sklearn.utils import shuffle

keras.utils.set_random_seed(123)

digits = load_digits()
X, y = shuffle(digits.data / 8.0 - 1.0, digits.target, random_state=9)
n = 1300

model = keras.models.Sequential()
model.add(keras.Input(shape=(64,)))
for width in (50, 50, 50):
    model.add(Dense(width, activation="tanh", kernel_initializer=RandomNormal(stddev=4.0)))
model.add(Dense(10, activation="softmax"))

model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer=keras.optimizers.SGD(learning_rate=0.05),
    metrics=["accuracy"],
)
model.fit(X[:n], y[:n], batch_size=32, epochs=12, validation_split=0.1, verbose=2)
loss, acc = model.evaluate(X[n:], y[n:], verbose=0)
print("Test loss {:.3f}, accuracy {:.3f}".format(loss, acc))
