# healthy
# repairs: grey_values_to_255_sgd
# kind: keras
# The repaired twin. Ends with: Test loss: 0.338 Test accuracy: 0.899 (faulty: Test loss: 14.454 Test accuracy: 0.103)
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
x_train /= 255.0
x_test /= 255.0
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
