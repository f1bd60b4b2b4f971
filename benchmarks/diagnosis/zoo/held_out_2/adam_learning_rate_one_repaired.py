# healthy
# repairs: adam_learning_rate_one
# kind: keras
# The repaired twin. Ends with: test loss 0.525, test accuracy 0.902 (faulty: test loss 2.38, test accuracy 0.091)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from sklearn.datasets import load_digits

keras.utils.set_random_seed(4)

(images, labels) = load_digits(return_X_y=True)
images = images.reshape((-1, 8, 8, 1)).astype("float32") / 16
train_images, test_images = images[:1500], images[1500:]
train_labels, test_labels = labels[:1500], labels[1500:]

model = keras.models.Sequential()
model.add(keras.layers.Input((8, 8, 1)))
model.add(keras.layers.Conv2D(12, (3, 3), activation="relu"))
model.add(keras.layers.Conv2D(12, (3, 3), activation="relu"))
model.add(keras.layers.Flatten())
model.add(keras.layers.Dense(32, activation="relu"))
model.add(keras.layers.Dense(10))

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.003),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(train_images, train_labels, epochs=8, batch_size=64, verbose=2)
test_loss, test_acc = model.evaluate(test_images, test_labels, verbose=0)
print("test loss %.3g, test accuracy %.3f" % (test_loss, test_acc))
