# healthy
# repairs: skorch_raw_tumour_features
# kind: skorch
# The same behind a StandardScaler.
import numpy as np
import torch
from skorch import NeuralNetBinaryClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X, y = X.astype(np.float32), y.astype(np.float32)

net = NeuralNetBinaryClassifier(
    nn.Sequential(nn.Linear(30, 32), nn.Tanh(), nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, 1)),
    optimizer=torch.optim.Adam,
    lr=1e-3,
    max_epochs=15,
    batch_size=32,
    train_split=None,
    iterator_train__shuffle=True,
)
pipe = make_pipeline(StandardScaler(), net)
pipe.fit(X, y)
print("accuracy", (pipe.predict(X) == y).mean())
