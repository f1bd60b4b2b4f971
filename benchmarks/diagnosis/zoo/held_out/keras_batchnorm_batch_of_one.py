# fault: batch-norm-on-one
# also-fine: loss-not-decreasing, constant-units, zero-gradients, plateau-from-start, noisy-gradients, constant-labels, dead-units, always-open-units, oscillating-loss, parameters-not-trained, vanishing-gradients
# kind: keras
# Keras network with batch normalisation, fitted with batch_size=1.
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(3)
X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)[:400]
y = y[:400]

model = keras.Sequential([
    keras.Input((30,)),
    layers.Dense(32),
    layers.BatchNormalization(),
    layers.Activation("relu"),
    layers.Dense(16),
    layers.BatchNormalization(),
    layers.Activation("relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(X, y, batch_size=1, epochs=1, verbose=2)
