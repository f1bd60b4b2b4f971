# fault: single-output-softmax
# also-fine: blocked-outputs, loss-independent-of-parameters, zero-gradients, loss-output-mismatch, loss-not-decreasing, plateau-from-start, parameters-not-trained, vanishing-gradients, constant-units
# kind: keras
# A beginner's Keras net on the breast cancer data whose only output unit has a softmax. Ends with: test loss 5.909 accuracy 0.629 (repaired: test loss 0.083 accuracy 0.965)
import os
os.environ["KERAS_BACKEND"] = "torch"

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
import keras
from keras.models import Sequential
from keras.layers import Dense, Dropout

keras.utils.set_random_seed(7)

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)

classifier = Sequential()
classifier.add(keras.Input(shape=(30,)))
classifier.add(Dense(16, kernel_initializer="uniform", activation="relu"))
classifier.add(Dropout(0.1))
classifier.add(Dense(16, kernel_initializer="uniform", activation="relu"))
classifier.add(Dense(1, kernel_initializer="uniform", activation="softmax"))

classifier.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
history = classifier.fit(X_train, y_train, batch_size=16, epochs=12, verbose=2)

loss, acc = classifier.evaluate(X_test, y_test, verbose=0)
print("test loss %.3f accuracy %.3f" % (loss, acc))
