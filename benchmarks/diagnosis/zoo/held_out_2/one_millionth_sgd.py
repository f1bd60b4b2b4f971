# fault: learning-rate-too-low
# also-fine: plateau-from-start, loss-not-decreasing, parameters-not-trained
# kind: keras
# SGD at one millionth. Ends with: loss 0.7538, accuracy 0.476 (repaired: loss 0.1053, accuracy 0.968)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras.models import Sequential
from keras.layers import Dense, BatchNormalization, Input
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(31)

cancer = load_breast_cancer()
x = StandardScaler().fit_transform(cancer.data)
y = cancer.target

model = Sequential([
    Input((30,)),
    Dense(20, activation="elu"),
    Dense(20, activation="elu"),
    Dense(1, activation="sigmoid"),
])
sgd = keras.optimizers.SGD(learning_rate=1e-6)
model.compile(optimizer=sgd, loss="binary_crossentropy", metrics=["accuracy"])

print(model.evaluate(x, y, verbose=0))
model.fit(x, y, epochs=20, batch_size=32, shuffle=True, verbose=2)
print("loss %.4f, accuracy %.3f" % tuple(model.evaluate(x, y, verbose=0)))
