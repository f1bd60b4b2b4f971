# healthy
# repairs: relu_scores_for_softmax_loss
# kind: keras
# The repaired twin. Ends with: loss 0.390 accuracy 0.879 (faulty: loss 1.261 accuracy 0.597)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from sklearn.datasets import load_digits

keras.utils.set_random_seed(19)

data = load_digits()
x = data.images[:, :, :, None] / 16.0
y = data.target
x_train, y_train, x_test, y_test = x[:1400], y[:1400], x[1400:], y[1400:]


def get_model(rate=0.15):
    model = keras.Sequential()
    model.add(Input((8, 8, 1)))
    model.add(Conv2D(10, (3, 3), activation="relu", padding="same"))
    model.add(MaxPooling2D())
    model.add(Flatten())
    model.add(Dense(40, activation="relu"))
    model.add(Dense(10))
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.SGD(rate),
        metrics=["accuracy"],
    )
    return model


if __name__ == "__main__":
    model = get_model()
    model.fit(x_train, y_train, epochs=10, batch_size=32, verbose=2)
    print("loss %.3f accuracy %.3f" % tuple(model.evaluate(x_test, y_test, verbose=0)))
