# healthy
# repairs: keras_raw_wine_features
# kind: keras
# The same on standardised features.
import os
os.environ["KERAS_BACKEND"] = "torch"

import keras
from keras.layers import Dense, Input
from keras.models import Sequential
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(12)
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1, stratify=y)
mean, std = X_train.mean(axis=0), X_train.std(axis=0)
X_train, X_test = (X_train - mean) / std, (X_test - mean) / std

classifier = Sequential()
classifier.add(Input(shape=(X.shape[1],)))
classifier.add(Dense(units=20, activation="relu"))
classifier.add(Dense(units=10, activation="relu"))
classifier.add(Dense(units=3, activation="softmax"))
classifier.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
classifier.fit(X_train, y_train, batch_size=16, epochs=30, verbose=2)
print(classifier.evaluate(X_test, y_test, verbose=0))
