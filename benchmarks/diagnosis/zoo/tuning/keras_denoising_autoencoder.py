# healthy
# kind: keras
# Keras autoencoder of images in 0…1: sigmoid output into binary cross entropy on grey values.
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
clean = (load_digits().data / 16.0).astype("float32")
noisy = np.clip(clean + 0.2 * np.random.normal(size=clean.shape), 0, 1).astype("float32")

encoder = keras.Sequential([layers.Input((64,)), layers.Dense(48, activation="elu"), layers.Dense(16, activation="elu")])
decoder = keras.Sequential([layers.Input((16,)), layers.Dense(48, activation="elu"), layers.Dense(64, activation="sigmoid")])
inputs = keras.Input((64,))
autoencoder = keras.Model(inputs, decoder(encoder(inputs)))
autoencoder.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy")
autoencoder.fit(noisy, clean, epochs=8, batch_size=64, verbose=2)
