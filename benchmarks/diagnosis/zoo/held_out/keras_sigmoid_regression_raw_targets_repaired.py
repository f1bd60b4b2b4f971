# healthy
# repairs: keras_sigmoid_regression_raw_targets
# kind: keras
# The same with targets brought into 0…1, which a sigmoid can reach.
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
y = y.reshape(-1, 1) / 350.0

model = Sequential([Input((10,)),
                    Dense(24, activation='relu'),
                    Dense(12, activation='relu'),
                    Dense(1, activation='sigmoid')])
model.compile(loss='mean_squared_error', optimizer='adam')
history = model.fit(x, y, epochs=20, batch_size=32, verbose=0)
print(history.history['loss'][0], history.history['loss'][-1])
