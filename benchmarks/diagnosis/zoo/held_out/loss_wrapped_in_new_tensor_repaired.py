# healthy
# repairs: loss_wrapped_in_new_tensor
# kind: mlp
# The same with backward called on the loss itself.
import torch
import torch.nn as nn
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

torch.manual_seed(10)
iris = load_iris()
X = torch.tensor(StandardScaler().fit_transform(iris.data), dtype=torch.float32)
Y = torch.tensor(iris.target)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1 = nn.Linear(4, 16)
        self.linear2 = nn.Linear(16, 16)
        self.linear3 = nn.Linear(16, 3)
        self.act = nn.ReLU()

    def forward(self, x):
        x = self.act(self.linear1(x))
        x = self.act(self.linear2(x))
        return self.linear3(x)


model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for epoch in range(40):
    epoch_loss = 0
    for i in torch.randperm(150).split(30):
        optimizer.zero_grad()
        loss = criterion(model(X[i]), Y[i])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", epoch_loss / 5)
print("loss", epoch_loss / 5)
