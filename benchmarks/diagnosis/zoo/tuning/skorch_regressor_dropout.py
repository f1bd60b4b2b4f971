# healthy
# kind: skorch
# skorch regressor with dropout and a validation split of its own.
import numpy as np
import torch
from skorch import NeuralNetRegressor
from skorch.dataset import ValidSplit
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X = ((X - X.mean(0)) / X.std(0)).astype(np.float32)
y = ((y - y.mean()) / y.std()).astype(np.float32).reshape(-1, 1)


class RegressorModule(nn.Module):
    def __init__(self, num_units=32, nonlin=nn.ReLU()):
        super().__init__()
        self.sequential = nn.Sequential(nn.Linear(10, num_units), nonlin, nn.Dropout(0.1), nn.Linear(num_units, 1))

    def forward(self, X):
        return self.sequential(X)


net = NeuralNetRegressor(
    RegressorModule, max_epochs=15, lr=0.01, batch_size=32, iterator_train__shuffle=True,
    optimizer=torch.optim.SGD, optimizer__momentum=0.9, optimizer__weight_decay=1e-3, train_split=ValidSplit(5),
)
net.fit(X, y)
