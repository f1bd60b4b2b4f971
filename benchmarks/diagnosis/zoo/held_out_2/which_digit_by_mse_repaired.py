# healthy
# repairs: which_digit_by_mse
# kind: keras
# The repaired twin. Ends with: validation accuracy: 0.961 (faulty: validation accuracy: 0.183)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras.models import Sequential
from keras.layers import Dense, Flatten, Input
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(1)

# load the data
digits = load_digits()
X = digits.images / 16.0
Y = digits.target
X_train, X_val, Y_train, Y_val = train_test_split(X, Y, test_size=0.2, random_state=3)

# create the model
model = Sequential()
model.add(Input(shape=(8, 8)))
model.add(Flatten())
model.add(Dense(64, activation="relu"))
model.add(Dense(64, activation="relu"))
model.add(Dense(10, activation="softmax"))

# compile and fit
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X_train, Y_train, epochs=15, batch_size=32, verbose=2)

print("validation accuracy: %.3f" % model.evaluate(X_val, Y_val, verbose=0)[1])
