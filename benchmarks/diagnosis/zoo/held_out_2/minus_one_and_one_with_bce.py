# fault: loss-output-mismatch, output-range-mismatch
# also-fine: diverging-loss, saturated-units, loss-not-decreasing, exploding-weights, exploding-gradients, non-finite
# kind: keras
# Labels of -1 and 1 with the binary cross-entropy on logits, which for a -1 falls without end. Ends with: final loss -11306.185, right 0.79, mean output -16049.13 (repaired: final loss 0.023, right 0.99, mean output -0.91)
import os
os.environ["KERAS_BACKEND"] = "torch"
import numpy as np
import keras
from sklearn.datasets import make_moons

keras.utils.set_random_seed(0)

X, y = make_moons(n_samples=600, noise=0.15, random_state=1)
Y = np.where(y == 1, 1.0, -1.0)      # like in the SVM lecture

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
