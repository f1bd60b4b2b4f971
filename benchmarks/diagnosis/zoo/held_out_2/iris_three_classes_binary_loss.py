# fault: loss-output-mismatch, output-range-mismatch
# also-fine: diverging-loss, exploding-weights, saturated-units, loss-not-decreasing, mse-on-class-labels, exploding-gradients, non-finite, inputs-not-normalised
# kind: keras
# Three kinds of iris (0, 1, 2) through one output and the binary cross-entropy: the loss falls below zero. Ends with: loss -13.374 acc 0.667 (repaired: loss 0.046 acc 0.978)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras.layers import Dense
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(11)

iris = load_iris()
X = iris.data
X = (X - X.mean(axis=0)) / X.std(axis=0)
y = iris.target            # 0, 1, 2

X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)

model = keras.Sequential()
model.add(keras.Input(shape=(4,)))
model.add(Dense(12, activation="tanh"))
model.add(Dense(8, activation="tanh"))
model.add(Dense(1))
loss = keras.losses.BinaryCrossentropy(from_logits=True)

model.compile(loss=loss, optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"])
model.fit(X_tr, y_tr, epochs=60, batch_size=16, verbose=2)
l, a = model.evaluate(X_te, y_te, verbose=0)
print("loss", round(l, 3), "acc", round(a, 3))
