# fault: inputs-not-normalised
# also-fine: loss-not-decreasing, plateau-from-start, dead-units, dying-units, dormant-units, exploding-gradients, exploding-weights, diverging-loss, learning-rate-too-high, oscillating-loss, zero-gradients, always-open-units, constant-units, non-finite, bad-initial-scale, vanishing-gradients, noisy-gradients
# kind: keras
# Keras conv net on digits whose grey values go up to 255 as they do in PNG files. Ends with: Test loss: 14.454 Test accuracy: 0.103 (repaired: Test loss: 0.338 Test accuracy: 0.899)
import os
os.environ["KERAS_BACKEND"] = "torch"
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(42)

d = load_digits()
images = (d.images * 255 / 16).astype("uint8")
labels = d.target

x_train = images[:1400].reshape(-1, 8, 8, 1).astype("float32")
x_test = images[1400:].reshape(-1, 8, 8, 1).astype("float32")
y_train = keras.utils.to_categorical(labels[:1400], 10)
y_test = keras.utils.to_categorical(labels[1400:], 10)
print(x_train.shape, y_train.shape)

model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(8, (3, 3), activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.summary()
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.5),
              loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=64, epochs=12, verbose=2)
score = model.evaluate(x_test, y_test, verbose=0)
print("Test loss: %.3f Test accuracy: %.3f" % (score[0], score[1]))
