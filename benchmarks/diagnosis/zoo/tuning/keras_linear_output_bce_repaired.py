# healthy
# repairs: keras_linear_output_bce
# kind: keras
# The same with a sigmoid at its end.
import os
os.environ["KERAS_BACKEND"] = "torch"

from keras.models import Sequential
from keras.layers import Dense, Dropout, Input
from keras.utils import set_random_seed
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

set_random_seed(3)
X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)

model = Sequential()
model.add(Input((30,)))
model.add(Dense(20, activation='relu'))
model.add(Dropout(0.1))
model.add(Dense(10, activation='relu'))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X, y, epochs=10, batch_size=32, verbose=2)
print(model.evaluate(X, y, verbose=0))
