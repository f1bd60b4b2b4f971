# fault: relu-before-loss, loss-output-mismatch
# also-fine: output-range-mismatch, dead-units, dying-units, non-finite, exploding-gradients, loss-not-decreasing, plateau-from-start, zero-gradients, oscillating-loss, blocked-outputs
# kind: keras
# Keras binary classifier: Dense(1, relu) into binary cross entropy.
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(4)


def build_model(n_features):
    model = keras.Sequential(
        [
            keras.Input(shape=(n_features,)),
            keras.layers.Dense(32, activation="relu", name="dense_a"),
            keras.layers.Dense(16, activation="relu", name="dense_b"),
            keras.layers.Dense(1, activation="relu", name="prediction"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
scaler = StandardScaler().fit(X_train)
model = build_model(30)
model.fit(scaler.transform(X_train), y_train, epochs=10, batch_size=32, verbose=2)
print(model.evaluate(scaler.transform(X_test), y_test, verbose=0))
