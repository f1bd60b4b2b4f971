# healthy
# repairs: bias_minus_ten
# kind: keras
# The repaired twin. Ends with: test loss 0.003 acc 1.000 (faulty: test loss 1.614 acc 0.169)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras import layers
from keras.initializers import Constant
from sklearn.datasets import make_blobs
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(55)
x, y = make_blobs(n_samples=900, centers=5, n_features=12, cluster_std=3.0, random_state=5)
x = (x - x.mean(0)) / x.std(0)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)

bias = Constant(0.0)
model = keras.Sequential([
    layers.Input((12,)),
    layers.Dense(32, activation="relu", bias_initializer=bias),
    layers.Dense(32, activation="relu", bias_initializer=bias),
    layers.Dense(5, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["acc"])
model.fit(x_train, y_train, epochs=15, batch_size=32, verbose=2)
print("test loss %.3f acc %.3f" % tuple(model.evaluate(x_test, y_test, verbose=0)))
