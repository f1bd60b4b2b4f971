# healthy
# repairs: iris_three_classes_binary_loss
# kind: keras
# The repaired twin. Ends with: loss 0.046 acc 0.978 (faulty: loss -13.374 acc 0.667)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras.layers import Dense
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(11)

iris = load_iris()
X = iris.data
X = (X - X.mean(axis=0)) / X.std(axis=0)
y = iris.target            # 0, 1, 2

X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)

model = keras.Sequential()
model.add(keras.Input(shape=(4,)))
model.add(Dense(12, activation="tanh"))
model.add(Dense(8, activation="tanh"))
model.add(Dense(3))
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

model.compile(loss=loss, optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"])
model.fit(X_tr, y_tr, epochs=60, batch_size=16, verbose=2)
l, a = model.evaluate(X_te, y_te, verbose=0)
print("loss", round(l, 3), "acc", round(a, 3))
