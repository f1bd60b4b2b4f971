# fault: bad-inputs, non-finite
# also-fine: plateau-from-start, loss-not-decreasing, diverging-loss, dead-units, inputs-not-normalised, exploding-gradients, zero-gradients, parameters-not-trained, learning-rate-too-high
# kind: keras
# The logarithm of pixels of which many are 0: the inputs hold minus infinity. Ends with: loss nan accuracy 0.091 (repaired: loss 0.604 accuracy 0.852)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

np.seterr(divide="ignore")
keras.utils.set_random_seed(13)
digits = load_digits()

# log scale, as for spectrograms
X = np.log10(digits.data)
X = X.astype("float32")
y = digits.target

net = keras.Sequential()
net.add(layers.Input((64,)))
net.add(layers.Dense(64, activation="relu"))
net.add(layers.Dropout(0.2))
net.add(layers.Dense(10, activation="softmax"))
net.compile(optimizer="nadam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = net.fit(X[:1500], y[:1500], epochs=8, batch_size=50, verbose=2)
result = net.evaluate(X[1500:], y[1500:], verbose=0)
print("loss %.3f accuracy %.3f" % (result[0], result[1]))
