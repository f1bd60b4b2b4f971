# fault: constant-units, dormant-units, zero-gradients, vanishing-gradients, duplicate-units
# also-fine: plateau-from-start, loss-not-decreasing, dead-units, parameters-not-trained, always-open-units, outputs-not-centred, noisy-gradients, oscillating-loss
# kind: keras
# L2(10) on every kernel presses the weights to nothing: the net says the same of each picture. Ends with: accuracy 0.103, different answers: 1 (repaired: accuracy 0.926, different answers: 10)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras.layers import Dense, Input
from keras.regularizers import L2
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score

keras.utils.set_random_seed(64)
X, y = load_digits(return_X_y=True)
X = (X - 8) / 8
Xtr, Xte, ytr, yte = X[:1300], X[1300:], y[:1300], y[1300:]

strength = 10
model = keras.Sequential()
model.add(Input((64,)))
model.add(Dense(40, activation="tanh", kernel_regularizer=L2(strength)))
model.add(Dense(40, activation="tanh", kernel_regularizer=L2(strength)))
model.add(Dense(10, activation="softmax", kernel_regularizer=L2(strength)))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(Xtr, ytr, batch_size=32, epochs=15, verbose=2)
answer = model.predict(Xte, verbose=0).argmax(1)
print("accuracy %.3f, different answers: %d" % (accuracy_score(yte, answer), len(set(answer))))
