# healthy
# repairs: softmax_of_one_unit_bce
# kind: mlp
# The same with a sigmoid.
import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler


class BinaryNet(nn.Module):
    def __init__(self, input_size, hidden_size):
        super(BinaryNet, self).__init__()
        self.fc1 = nn.Linear(input_size, hidden_size)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(hidden_size, 1)
        self.last = nn.Sigmoid()

    def forward(self, x):
        out = self.fc1(x)
        out = self.relu(out)
        out = self.fc2(out)
        return self.last(out)


torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32).reshape(-1, 1)
net = BinaryNet(30, 32)
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(15):
    for i in range(0, len(X), 32):
        optimizer.zero_grad()
        loss = criterion(net(X[i:i + 32]), y[i:i + 32])
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", criterion(net(X), y).item())
