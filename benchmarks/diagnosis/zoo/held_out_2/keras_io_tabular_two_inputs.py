# healthy
# kind: keras
# In the manner of the structured-data programs of keras.io: named inputs, Normalization, a category embedding, class weights, sigmoid. Ends with: loss 0.103 accuracy 0.983 recall 0.960
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer

keras.utils.set_random_seed(44)
data = load_breast_cancer()
numbers = data.data.astype("float32")
malignant = (data.target == 0).astype("float32")
# a category as well: the size class
size_class = np.digitize(data.data[:, 0], [11, 13, 15, 18]).astype("int32")

rows = np.random.permutation(len(numbers))
train, val = rows[:450], rows[450:]

norm = layers.Normalization()
norm.adapt(numbers[train])

number_input = keras.Input((30,), name="numbers")
class_input = keras.Input((1,), name="size_class", dtype="int32")
a = norm(number_input)
b = layers.Flatten()(layers.Embedding(5, 3)(class_input))
x = layers.concatenate([a, b])
x = layers.Dense(24, activation="relu")(x)
x = layers.Dropout(0.3)(x)
x = layers.Dense(24, activation="relu")(x)
out = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model({"numbers": number_input, "size_class": class_input}, out)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy", keras.metrics.Recall(name="recall")])

weight_of_1 = (1 - malignant[train]).sum() / malignant[train].sum()
model.fit(
    {"numbers": numbers[train], "size_class": size_class[train]},
    malignant[train],
    validation_data=({"numbers": numbers[val], "size_class": size_class[val]}, malignant[val]),
    batch_size=32, epochs=15, verbose=2,
    class_weight={0: 1.0, 1: float(weight_of_1)},
)
result = model.evaluate({"numbers": numbers[val], "size_class": size_class[val]}, malignant[val], verbose=0)
print("loss %.3f accuracy %.3f recall %.3f" % tuple(result))
