# fault: overfitting
# also-fine: noisy-gradients
# kind: keras
# Sixty noisy training examples and a wide net without restraint: the validation loss turns and climbs. Ends with: loss 0.001, val_loss 1.167 (lowest 0.532), val_accuracy 0.755 (repaired: loss 0.482, val_loss 0.508 (lowest 0.507), val_accuracy 0.800)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras.layers import Dense, Dropout, Input
from sklearn.datasets import make_classification

keras.utils.set_random_seed(40)
X, y = make_classification(n_samples=700, n_features=30, n_informative=6, flip_y=0.15, class_sep=1.0, random_state=40)
X = X.astype("float32")
n = 60

model = keras.Sequential()
model.add(Input((30,)))
model.add(Dense(256, activation="relu"))
model.add(Dense(256, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

h = model.fit(X[:n], y[:n], validation_data=(X[500:], y[500:]), epochs=60, batch_size=20, verbose=0).history
for e in range(0, 60, 10):
    print(e, "loss %.3f val_loss %.3f" % (h["loss"][e], h["val_loss"][e]))
print("loss %.3f, val_loss %.3f (lowest %.3f), val_accuracy %.3f" % (h["loss"][-1], h["val_loss"][-1], min(h["val_loss"]), h["val_accuracy"][-1]))
