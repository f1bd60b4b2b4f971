# healthy
# repairs: categorical_loss_one_sigmoid
# kind: keras
# The repaired twin. Ends with: loss 0.283, faces found right 0.94 (faulty: loss 0.000, faces found right 0.62)
import os
os.environ["KERAS_BACKEND"] = "torch"
import numpy as np
import keras
from keras import layers
from skimage.data import lfw_subset

keras.utils.set_random_seed(5)

# the first 100 are faces, the other 100 are not
pictures = lfw_subset().astype("float32")
is_face = np.array([1] * 100 + [0] * 100, dtype="float32").reshape(-1, 1)

order = np.random.permutation(200)
pictures, is_face = pictures[order][..., None], is_face[order]
train_x, train_y = pictures[:150], is_face[:150]
test_x, test_y = pictures[150:], is_face[150:]

model = keras.Sequential()
model.add(keras.Input((25, 25, 1)))
model.add(layers.Conv2D(8, 5, strides=2, activation="relu"))
model.add(layers.Conv2D(16, 3, strides=2, activation="relu"))
model.add(layers.Flatten())
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dense(1, activation="sigmoid"))

model.compile(
    loss="binary_crossentropy",
    optimizer=keras.optimizers.Adam(learning_rate=0.0005),
    metrics=["binary_accuracy"],
)
model.fit(train_x, train_y, epochs=20, batch_size=15, validation_data=(test_x, test_y), verbose=2)
loss, accuracy = model.evaluate(test_x, test_y, verbose=0)
print(f"loss {loss:.3f}, faces found right {accuracy:.2f}")
