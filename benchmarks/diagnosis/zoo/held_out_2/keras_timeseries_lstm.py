# healthy
# kind: keras
# A question-and-answer-site forecast of a made-up temperature: windows, MinMaxScaler, LSTM, mse, no validation, batch size 16. Ends with: Test Score: 1.13 RMSE, of a spread of 6.51
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from keras.layers import Dense, Input, LSTM
from keras.models import Sequential
from sklearn.metrics import mean_squared_error
from sklearn.preprocessing import MinMaxScaler

keras.utils.set_random_seed(7)
# ten years of months
months = np.arange(240)
series = 12 + 9 * np.sin(2 * np.pi * months / 12) + np.random.normal(0, 1.0, 240)


def create_dataset(dataset, look_back=1):
    dataX, dataY = [], []
    for i in range(len(dataset) - look_back - 1):
        dataX.append(dataset[i:(i + look_back), 0])
        dataY.append(dataset[i + look_back, 0])
    return np.array(dataX), np.array(dataY)


scaler = MinMaxScaler(feature_range=(0, 1))
dataset = scaler.fit_transform(series.reshape(-1, 1)).astype("float32")
train_size = 160
train, test = dataset[:train_size], dataset[train_size:]
look_back = 12
trainX, trainY = create_dataset(train, look_back)
testX, testY = create_dataset(test, look_back)
trainX = trainX.reshape(-1, look_back, 1)
testX = testX.reshape(-1, look_back, 1)

model = Sequential()
model.add(Input((look_back, 1)))
model.add(LSTM(12))
model.add(Dense(1))
model.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(0.01))
model.fit(trainX, trainY, epochs=25, batch_size=16, verbose=2)

p = scaler.inverse_transform(model.predict(testX, verbose=0))
t = scaler.inverse_transform(testY.reshape(-1, 1))
print("Test Score: %.2f RMSE, of a spread of %.2f" % (np.sqrt(mean_squared_error(t, p)), t.std()))
