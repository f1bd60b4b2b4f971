# fault: vanishing-gradients, deep-saturating-stack
# also-fine: plateau-from-start, loss-not-decreasing, constant-units, outputs-not-centred, dormant-units, learning-rate-too-low, saturated-units, always-open-units, zero-gradients
# kind: keras
# Eight sigmoid layers in a row, plain SGD, on wine. Ends with: last: loss 1.097 acc 0.371 (repaired: last: loss 0.000 acc 1.000)
import os
os.environ["KERAS_BACKEND"] = "torch"
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale
from keras.models import Sequential
from keras.layers import Dense, Input
from keras.optimizers import SGD
from keras.utils import set_random_seed, to_categorical

set_random_seed(8)
data = load_wine()
X = scale(data.data)
Y = to_categorical(data.target)

act = "sigmoid"
model = Sequential()
model.add(Input((13,)))
for i in range(8):
    model.add(Dense(24, activation=act))
model.add(Dense(3, activation="softmax"))

opt = SGD(learning_rate=0.1)
model.compile(loss="categorical_crossentropy", optimizer=opt, metrics=["acc"])
h = model.fit(X, Y, epochs=40, batch_size=16, verbose=0)
for epoch in range(0, 40, 5):
    print(epoch, h.history["loss"][epoch], h.history["acc"][epoch])
print("last: loss %.3f acc %.3f" % (h.history["loss"][-1], h.history["acc"][-1]))
