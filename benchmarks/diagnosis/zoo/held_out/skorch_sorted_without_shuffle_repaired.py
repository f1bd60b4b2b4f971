# healthy
# repairs: skorch_sorted_without_shuffle
# kind: skorch
# The same with the training data shuffled.
import numpy as np
import torch
from skorch import NeuralNetClassifier
from sklearn.datasets import load_digits
from torch import nn


class MyModule(nn.Module):
    def __init__(self, num_units=48):
        super().__init__()
        self.dense0 = nn.Linear(64, num_units)
        self.nonlin = nn.ReLU()
        self.dense1 = nn.Linear(num_units, num_units)
        self.output = nn.Linear(num_units, 10)

    def forward(self, X):
        X = self.nonlin(self.dense0(X))
        X = self.nonlin(self.dense1(X))
        return self.output(X)


torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = ((X - X.mean()) / X.std()).astype(np.float32)
order = np.argsort(y, kind="stable")
X, y = X[order], y[order]

net = NeuralNetClassifier(
    MyModule,
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    lr=0.002,
    batch_size=32,
    max_epochs=8,
    iterator_train__shuffle=True,
    train_split=None,
)
net.fit(X, y)
print("accuracy", (net.predict(X) == y).mean())
