# healthy
# repairs: minus_one_and_one_with_bce
# kind: keras
# The repaired twin. Ends with: final loss 0.023, right 0.99, mean output -0.91 (faulty: final loss -11306.185, right 0.79, mean output -16049.13)
import os
os.environ["KERAS_BACKEND"] = "torch"
import numpy as np
import keras
from sklearn.datasets import make_moons

keras.utils.set_random_seed(0)

X, y = make_moons(n_samples=600, noise=0.15, random_state=1)
Y = np.where(y == 1, 1.0, 0.0)       # NOT like in the SVM lecture

inputs = keras.Input(shape=(2,))
h = keras.layers.Dense(24, activation="relu")(inputs)
h = keras.layers.Dense(24, activation="relu")(h)
out = keras.layers.Dense(1)(h)
net = keras.Model(inputs, out)

net.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.005),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
)

hist = net.fit(X[:500], Y[:500], epochs=25, batch_size=25, verbose=0)
for e, l in enumerate(hist.history["loss"]):
    if e % 5 == 4:
        print("epoch", e + 1, "loss", l)

p = net.predict(X[500:], verbose=0)[:, 0]
right = ((p > 0) == (y[500:] == 1)).mean()
print("final loss %.3f, right %.2f, mean output %.2f" % (hist.history["loss"][-1], right, p.mean()))
