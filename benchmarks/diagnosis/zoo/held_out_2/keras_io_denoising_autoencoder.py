# healthy
# kind: keras
# In the manner of the conv autoencoder of keras.io: noisy pictures in, clean ones out, a sigmoid and binary cross-entropy on grey values. Ends with: squared error 0.0529 with the noise, 0.0271 without
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(2021)


def preprocess(array):
    array = array.astype("float32") / 16.0
    return np.reshape(array, (len(array), 8, 8, 1))


def noise(array):
    noise_factor = 0.3
    noisy = array + noise_factor * np.random.normal(size=array.shape)
    return np.clip(noisy, 0.0, 1.0).astype("float32")


images = load_digits().images
train_data, test_data = preprocess(images[:1000]), preprocess(images[1500:])
noisy_train_data, noisy_test_data = noise(train_data), noise(test_data)

inp = layers.Input(shape=(8, 8, 1))
# Encoder
x = layers.Conv2D(16, (3, 3), activation="relu", padding="same")(inp)
x = layers.MaxPooling2D((2, 2), padding="same")(x)
x = layers.Conv2D(16, (3, 3), activation="relu", padding="same")(x)
# Decoder
x = layers.Conv2DTranspose(16, (3, 3), strides=2, activation="relu", padding="same")(x)
x = layers.Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x)
autoencoder = keras.Model(inp, x)
autoencoder.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy")

autoencoder.fit(
    x=noisy_train_data, y=train_data,
    epochs=10, batch_size=64, shuffle=True,
    validation_data=(noisy_test_data, test_data), verbose=2,
)
clean = autoencoder.predict(noisy_test_data, verbose=0)
before = np.mean((noisy_test_data - test_data) ** 2)
after = np.mean((clean - test_data) ** 2)
print("squared error %.4f with the noise, %.4f without" % (before, after))
