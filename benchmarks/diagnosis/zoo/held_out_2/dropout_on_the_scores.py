# fault: noisy-gradients, blocked-outputs
# also-fine: plateau-from-start, loss-not-decreasing, oscillating-loss, learning-rate-too-low, zero-gradients, overfitting, training-in-evaluation-mode, evaluation-in-training-mode, learning-rate-too-high
# kind: keras
# Dropout(0.95) between the last Dense layer and its softmax (20 times the scores that are left). Ends with: training loss 2.174, test loss 1.921, test accuracy 0.776 (repaired: training loss 0.394, test loss 0.503, test accuracy 0.866)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras.layers import Activation, Dense, Dropout, Input
from sklearn.datasets import load_digits

keras.utils.set_random_seed(6)
digits = load_digits()
X = digits.data / 16.0
y = keras.utils.to_categorical(digits.target)

model = keras.Sequential()
model.add(Input((64,)))
model.add(Dense(64))
model.add(Activation("relu"))
model.add(Dense(10))
model.add(Dropout(0.95))
model.add(Activation("softmax"))

model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
h = model.fit(X[:1400], y[:1400], epochs=20, batch_size=128, verbose=2)
score = model.evaluate(X[1400:], y[1400:], verbose=0)
print("training loss %.3f, test loss %.3f, test accuracy %.3f" % (h.history["loss"][-1], score[0], score[1]))
