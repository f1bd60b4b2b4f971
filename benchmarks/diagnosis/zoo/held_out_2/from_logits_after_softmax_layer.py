# fault: softmax-twice
# also-fine: loss-output-mismatch, plateau-from-start, loss-not-decreasing, learning-rate-too-low, saturated-units, blocked-outputs, vanishing-gradients
# kind: keras
# A softmax layer of its own and then a hand-written loss that takes the softmax again. Ends with: loss 0.573 accuracy 0.994 (repaired: loss 0.019 accuracy 1.000)
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
from keras import layers, ops
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(14)
X, y = load_wine(return_X_y=True)
X = StandardScaler().fit_transform(X).astype("float32")
Y = keras.utils.to_categorical(y, 3)


def my_loss(y_true, y_pred):
    log_p = ops.log_softmax(y_pred, axis=-1)
    return -ops.mean(ops.sum(y_true * log_p, axis=-1))


inputs = layers.Input(shape=(13,))
x = layers.Dense(16, activation="relu")(inputs)
x = layers.Dense(3)(x)
outputs = layers.Softmax()(x)
model = keras.Model(inputs=inputs, outputs=outputs)
model.compile(loss=my_loss, optimizer=keras.optimizers.SGD(learning_rate=0.1), metrics=["categorical_accuracy"])
h = model.fit(X, Y, epochs=40, batch_size=30, verbose=0)
for i in (0, 1, 2, 5, 10, 20, 39):
    print("epoch", i, "loss", h.history["loss"][i])
print("loss %.3f accuracy %.3f" % (h.history["loss"][-1], h.history["categorical_accuracy"][-1]))
