# fault: constant-labels
# kind: mlp
# Labels made by casting shares to integers before the threshold: all of them are 0.
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(0)
X, malignant = load_breast_cancer(return_X_y=True)
X = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32)
rng = np.random.default_rng(0)
share = np.where(malignant == 0, 0.8, 0.2) + rng.normal(0, 0.05, len(X))  # what the raters said
label = (share.astype(int) > 0.5).astype(np.float32)
y = torch.tensor(label).unsqueeze(1)

model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(15):
    for i in torch.randperm(len(X)).split(32):
        optimizer.zero_grad()
        loss = criterion(model(X[i]), y[i])
        loss.backward()
        optimizer.step()
    accuracy = ((model(X) > 0) == (y > 0.5)).float().mean().item()
    print(epoch, loss.item(), accuracy)
