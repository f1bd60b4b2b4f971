# healthy
# kind: keras
# Keras regression, inputs and targets standardised, linear output, early stopping.
import os
os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras.callbacks import EarlyStopping
from keras.layers import Dense, Input
from keras.models import Sequential
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(1)
X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=3)
sx, sy = StandardScaler().fit(X_train), StandardScaler().fit(y_train[:, None])

model = Sequential()
model.add(Input((10,)))
model.add(Dense(16, activation='relu'))
model.add(Dense(8, activation='relu'))
model.add(Dense(1, activation='linear'))
model.compile(loss='mse', optimizer='adam', metrics=['mae'])
model.fit(sx.transform(X_train), sy.transform(y_train[:, None]), validation_split=0.2, batch_size=16,
          epochs=20, verbose=2, callbacks=[EarlyStopping(patience=3)])
print(model.evaluate(sx.transform(X_test), sy.transform(y_test[:, None]), verbose=0))
