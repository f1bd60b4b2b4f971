# fault: duplicate-units, constant-units, zero-gradients, bad-initial-scale
# also-fine: plateau-from-start, loss-not-decreasing, dead-units, dormant-units, vanishing-gradients, parameters-not-trained, detached-graph
# kind: keras
# kernel_initializer="zeros" in every layer: the units stay alike, and only the last bias learns. Ends with: test: loss 2.304, accuracy 0.087 (repaired: test: loss 0.283, accuracy 0.927)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras import layers
from sklearn import datasets, model_selection, preprocessing

SEED = 2
keras.utils.set_random_seed(SEED)

x, y = datasets.load_digits(return_X_y=True)
x = preprocessing.minmax_scale(x)
xtr, xte, ytr, yte = model_selection.train_test_split(x, y, random_state=SEED)

INIT = "zeros"


def block(t, n):
    t = layers.Dense(n, kernel_initializer=INIT)(t)
    t = layers.Activation("relu")(t)
    return t


inp = layers.Input((64,))
t = block(inp, 48)
t = block(t, 32)
out = layers.Dense(10, activation="softmax", kernel_initializer=INIT)(t)
model = keras.Model(inp, out)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(xtr, ytr, epochs=12, batch_size=64, verbose=2)
print("test: loss %.3f, accuracy %.3f" % tuple(model.evaluate(xte, yte, verbose=0)))
