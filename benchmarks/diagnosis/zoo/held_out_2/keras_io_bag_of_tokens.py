# healthy
# kind: keras
# In the manner of the text classification of keras.io: Embedding, pooling over the tokens, dropout, one sigmoid; the sentences are made here. Ends with: test loss 0.001 accuracy 1.000
import os
os.environ["KERAS_BACKEND"] = "torch"
import random
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(1234)
good = "lovely fine great clever warm funny moving".split()
bad = "dull slow weak boring cold silly flat".split()
filler = "the film was and a story with actors who in it that of plot scene end very".split()


def review(positive):
    length = random.randint(8, 20)
    own, other = (good, bad) if positive else (bad, good)
    words = random.choices(filler, k=length) + random.choices(own, k=3) + random.choices(other, k=1)
    random.shuffle(words)
    return words


vocabulary = ["", "[UNK]"] + filler + good + bad
index = {w: i for i, w in enumerate(vocabulary)}
labels = np.random.randint(0, 2, 800)
maxlen = 24
ids = np.zeros((800, maxlen), dtype="int32")
for row, label in zip(ids, labels):
    words = review(label)[:maxlen]
    row[: len(words)] = [index[w] for w in words]

inputs = keras.Input(shape=(maxlen,), dtype="int32")
x = layers.Embedding(len(vocabulary), 16)(inputs)
x = layers.Dropout(0.3)(x)
x = layers.GlobalAveragePooling1D()(x)
x = layers.Dense(16, activation="relu")(x)
x = layers.Dropout(0.3)(x)
predictions = layers.Dense(1, activation="sigmoid", name="predictions")(x)
model = keras.Model(inputs, predictions)
model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"])

callbacks = [keras.callbacks.EarlyStopping(monitor="val_loss", patience=3)]
model.fit(ids[:500], labels[:500], validation_data=(ids[500:600], labels[500:600]), epochs=10, batch_size=32, callbacks=callbacks, verbose=2)
print("test loss %.3f accuracy %.3f" % tuple(model.evaluate(ids[600:], labels[600:], verbose=0)))
