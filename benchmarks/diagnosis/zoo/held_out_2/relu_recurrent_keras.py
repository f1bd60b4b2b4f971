# fault: exploding-gradients, bad-initial-scale
# also-fine: exploding-weights, learning-rate-too-high, non-finite, diverging-loss, oscillating-loss, loss-not-decreasing, dead-units, always-open-units, plateau-from-start, noisy-gradients, dying-units, dormant-units, zero-gradients
# kind: keras
# SimpleRNN with ReLU over 20 steps, started a half too wide, without clipping. Ends with: loss nan, where the mean guess has 1.632 (repaired: loss 0.348, where the mean guess has 1.632)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from keras.layers import Dense, Input, SimpleRNN

keras.utils.set_random_seed(10)

# how much rain was there in a month, more or less than usual
rng = np.random.RandomState(0)
T = 20
values = rng.rand(500, T)
X = values[:, :, None].astype("float32")
y = values.sum(1).astype("float32") - T / 2
print(X.shape, y.shape, "from", y.min(), "to", y.max())

model = keras.Sequential()
model.add(Input((T, 1)))
model.add(
    SimpleRNN(
        16,
        activation="relu",
        recurrent_initializer=keras.initializers.Identity(gain=1.5),
    )
)
model.add(Dense(1))
model.compile(loss="mse", optimizer=keras.optimizers.SGD(0.01))
h = model.fit(X, y, epochs=15, batch_size=40, verbose=2)
print("loss %.3g, where the mean guess has %.3f" % (h.history["loss"][-1], y.var()))
