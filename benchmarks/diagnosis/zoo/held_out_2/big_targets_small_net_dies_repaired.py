# healthy
# repairs: big_targets_small_net_dies
# kind: mlp
# The repaired twin. Ends with: explained: 0.51, units still open: 20 of 20 (faulty: explained: 0.00, units still open: 0 of 20)
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

torch.manual_seed(44)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor(StandardScaler().fit_transform(X)).float()
y = torch.tensor(y).float().unsqueeze(1)
y = (y - y.mean()) / y.std()
BATCH = 32


class Net(nn.Module):
    def __init__(self, n_feature, n_hidden, n_output):
        super(Net, self).__init__()
        self.hidden = nn.Linear(n_feature, n_hidden)
        self.hidden2 = nn.Linear(n_hidden, n_hidden)
        self.predict = nn.Linear(n_hidden, n_output)

    def forward(self, x):
        x = F.relu(self.hidden(x))
        x = F.relu(self.hidden2(x))
        return self.predict(x)


net = Net(10, 20, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.005)
loss_func = torch.nn.MSELoss()
for epoch in range(60):
    for i in range(0, 400, BATCH):
        prediction = net(X[i:i + BATCH])
        loss = loss_func(prediction, y[i:i + BATCH])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 10 == 0:
        print(epoch, loss.item())

with torch.no_grad():
    out = net(X)
    open_ = (F.relu(net.hidden2(F.relu(net.hidden(X)))) > 0).any(0).sum().item()
    print("explained: %.2f, units still open: %d of 20" % (1 - ((out - y) ** 2).mean() / y.var(), open_))
