# fault: no-nonlinearity
# also-fine: loss-not-decreasing, plateau-from-start, noisy-gradients
# kind: keras
# Keras classifier of two rings: three Dense layers without an activation.
import os
os.environ["KERAS_BACKEND"] = "torch"

from keras.models import Sequential
from keras.layers import Input, Dense
from keras.utils import set_random_seed
from keras.optimizers import Adam
from sklearn.datasets import make_circles

set_random_seed(8)
X, y = make_circles(n_samples=800, factor=0.5, noise=0.08, random_state=8)
X = X / X.std()

model = Sequential()
model.add(Input(shape=(2,)))
model.add(Dense(16))
model.add(Dense(16))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=Adam(0.01), metrics=['accuracy'])
model.fit(X, y, epochs=10, batch_size=40, verbose=2)
