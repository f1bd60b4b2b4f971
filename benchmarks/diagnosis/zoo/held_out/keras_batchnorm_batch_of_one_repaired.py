# healthy
# repairs: keras_batchnorm_batch_of_one
# kind: keras
# The same in batches of 25.
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
model.fit(X, y, batch_size=25, epochs=15, verbose=2)
