# healthy
# repairs: encoder_under_no_grad
# kind: mlp
# The same with gradients through the encoder.
import torch
from torch import nn
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset


class TwoStage(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(30, 24), nn.ELU(), nn.Linear(24, 6), nn.ELU())
        self.decider = nn.Sequential(nn.Linear(6, 8), nn.ELU(), nn.Linear(8, 1))

    def features(self, x):
        return self.encoder(x)

    def forward(self, x):
        return self.decider(self.features(x))


torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)[:, None]
model = TwoStage()
opt = torch.optim.AdamW(model.parameters(), lr=3e-3)
loss_fn = nn.BCEWithLogitsLoss()
for epoch in range(15):
    for xb, yb in DataLoader(TensorDataset(X, y), batch_size=48, shuffle=True):
        opt.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        opt.step()
    if epoch % 3 == 0:
        print(epoch, loss.item())
