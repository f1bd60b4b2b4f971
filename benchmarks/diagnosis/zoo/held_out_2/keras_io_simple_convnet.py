# healthy
# kind: keras
# In the manner of the simple convnet of keras.io, on digits. Ends with: Test loss: 0.212 Test accuracy: 0.929
import os
os.environ["KERAS_BACKEND"] = "torch"
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits

"""
## Digits instead of MNIST
"""
keras.utils.set_random_seed(812)
num_classes = 10
input_shape = (8, 8, 1)
digits = load_digits()
x_train, x_test = digits.images[:1500], digits.images[1500:]
y_train, y_test = digits.target[:1500], digits.target[1500:]
x_train = np.expand_dims(x_train.astype("float32") / 16, -1)
x_test = np.expand_dims(x_test.astype("float32") / 16, -1)
y_train = keras.utils.to_categorical(y_train, num_classes)
y_test = keras.utils.to_categorical(y_test, num_classes)

"""
## Two conv layers
"""
model = keras.Sequential(
    [
        keras.Input(shape=input_shape),
        layers.Conv2D(16, kernel_size=(3, 3), activation="relu", padding="same"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Conv2D(32, kernel_size=(3, 3), activation="relu", padding="same"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(num_classes, activation="softmax"),
    ]
)
model.summary()

"""
## Eight epochs, a tenth held back
"""
model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.Adam(0.005), metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=64, epochs=8, validation_split=0.1, verbose=2)

score = model.evaluate(x_test, y_test, verbose=0)
print("Test loss: %.3f Test accuracy: %.3f" % (score[0], score[1]))
