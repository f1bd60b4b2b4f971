# healthy
# repairs: sigmoid_and_bce_with_logits_cancer
# kind: mlp
# The repaired twin. Ends with: loss on all: 0.0291 (faulty: loss on all: 0.4689)
import numpy as np
import torch
from torch import nn
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

np.random.seed(0)
torch.manual_seed(0)

X, y = load_breast_cancer(return_X_y=True)
X = torch.FloatTensor(StandardScaler().fit_transform(X))
y = torch.FloatTensor(y).view(-1, 1)


class Classifier(nn.Module):
    def __init__(self, n_in, n_hidden=20):
        super().__init__()
        self.layer_1 = nn.Linear(n_in, n_hidden)
        self.layer_2 = nn.Linear(n_hidden, n_hidden)
        self.layer_out = nn.Linear(n_hidden, 1)

    def forward(self, x):
        x = F.relu(self.layer_1(x))
        x = F.relu(self.layer_2(x))
        x = self.layer_out(x)
        return x


model = Classifier(30)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for epoch in range(1, 41):
    for b in range(0, 560, 32):
        optimizer.zero_grad()
        y_pred = model(X[b:b + 32])
        loss = criterion(y_pred, y[b:b + 32])
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        print(f'Epoch {epoch+0:03}: | Loss: {loss.item():.5f}')

with torch.no_grad():
    print(f'loss on all: {criterion(model(X), y).item():.4f}')
