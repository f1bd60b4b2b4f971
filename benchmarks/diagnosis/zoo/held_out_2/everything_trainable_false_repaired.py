# healthy
# repairs: everything_trainable_false
# kind: keras
# The repaired twin. Ends with: loss 0.437 accuracy 0.882 (faulty: loss 1.723 accuracy 0.495)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(99)

digits = load_digits()
x = (digits.images / 16.0)[..., None]
y = digits.target

base = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(8, 3, activation="relu"),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(6, activation="tanh"),
    ],
    name="base",
)
# I have no weights file yet, base.load_weights("base.weights.h5")
for layer in base.layers:
    layer.trainable = True

inputs = keras.Input((8, 8, 1))
features = base(inputs)
outputs = layers.Dense(10, activation="softmax")(features)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
print("trainable tensors:", len(model.trainable_weights), "of", len(model.weights))
model.fit(x[:1500], y[:1500], epochs=20, batch_size=50, verbose=2)
print("loss %.3f accuracy %.3f" % tuple(model.evaluate(x[1500:], y[1500:], verbose=0)))
