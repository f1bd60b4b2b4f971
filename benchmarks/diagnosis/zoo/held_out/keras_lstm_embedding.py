# healthy
# kind: keras
# Keras text-like classifier: Embedding, LSTM, one sigmoid.
import os
os.environ["KERAS_BACKEND"] = "torch"

import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Dense, Embedding, Input, LSTM

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# "sentences" of 12 words out of 50; words below 10 are good, 10 to 19 are bad
X = rng.integers(0, 50, size=(800, 12))
y = ((X < 10).sum(1) > ((X >= 10) & (X < 20)).sum(1)).astype("float32")

model = Sequential()
model.add(Input(shape=(12,)))
model.add(Embedding(50, 16))
model.add(LSTM(24))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=keras.optimizers.Adam(0.01), metrics=['accuracy'])
model.fit(X, y, epochs=5, batch_size=40, verbose=2)
