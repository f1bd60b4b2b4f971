# fault: output-range-mismatch
# also-fine: saturated-units, zero-gradients, vanishing-gradients, loss-not-decreasing, plateau-from-start, loss-output-mismatch, constant-units
# kind: keras
# Keras regression of values from 25 to 346 with a sigmoid output.
import os
os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras import Sequential
from keras.layers import Dense, Input
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

keras.utils.set_random_seed(0)
x, y = load_diabetes(return_X_y=True)
x = scale(x)
y = y.reshape(-1, 1)

model = Sequential([Input((10,)),
                    Dense(24, activation='relu'),
                    Dense(12, activation='relu'),
                    Dense(1, activation='sigmoid')])
model.compile(loss='mean_squared_error', optimizer='adam')
history = model.fit(x, y, epochs=20, batch_size=32, verbose=0)
print(history.history['loss'][0], history.history['loss'][-1])
