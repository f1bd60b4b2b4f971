# fault: output-range-mismatch, targets-not-normalised
# also-fine: saturated-units, vanishing-gradients, plateau-from-start, loss-not-decreasing, zero-gradients, constant-units, dormant-units, learning-rate-too-low, deep-saturating-stack
# kind: keras
# A picture learnt from its coordinates: tanh at the output, grey values from 0 to 255 as targets. Ends with: explained variance: -4.75 (repaired: explained variance: 0.91)
import os
os.environ["KERAS_BACKEND"] = "torch"
import numpy as np
import keras
from keras.layers import Dense
from skimage import data, transform

keras.utils.set_random_seed(3)

img = transform.resize(data.coins(), (40, 48), preserve_range=True, anti_aliasing=True)
rows, cols = np.mgrid[-1:1:40j, -1:1:48j]
coords = np.stack([rows.ravel(), cols.ravel()], axis=1)
feats = [coords]
for k in (1, 2, 4):
    feats += [np.sin(np.pi * k * coords), np.cos(np.pi * k * coords)]
X = np.concatenate(feats, axis=1).astype("float32")
Y = img.ravel().astype("float32")
print("targets from", Y.min(), "to", Y.max())

model = keras.Sequential([
    keras.Input((X.shape[1],)),
    Dense(64, activation="relu"),
    Dense(64, activation="relu"),
    Dense(1, activation="tanh"),
])
model.compile("adam", "mse")
model.fit(X, Y, epochs=15, batch_size=64, verbose=2)

pred = model.predict(X, verbose=0)[:, 0]
explained = 1 - ((pred - Y) ** 2).mean() / Y.var()
print("explained variance: %.2f" % explained)
