# healthy
# repairs: circles_without_activation
# kind: keras
# The repaired twin. Ends with: loss: 0.6% accuracy: 100.0% (faulty: loss: 69.7% accuracy: 53.0%)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras import Sequential
from keras.layers import Dense
from sklearn.datasets import make_circles
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(17)
X, y = make_circles(n_samples=800, factor=0.4, noise=0.08, random_state=17)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=17)

model = Sequential()
model.add(keras.Input((2,)))
model.add(Dense(32, activation="relu"))
model.add(Dense(32, activation="relu"))
model.add(Dense(16, activation="relu"))
model.add(Dense(1, activation="sigmoid"))

model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=15, batch_size=20, verbose=2)

scores = model.evaluate(X_test, y_test, verbose=0)
print("%s: %.1f%%" % (model.metrics_names[0], scores[0] * 100), "accuracy: %.1f%%" % (scores[1] * 100))
