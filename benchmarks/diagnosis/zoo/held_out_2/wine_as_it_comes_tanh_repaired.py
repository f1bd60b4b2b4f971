# healthy
# repairs: wine_as_it_comes_tanh
# kind: mlp
# The repaired twin. Ends with: test loss 0.008, test accuracy 1.000 (faulty: test loss 1.085, test accuracy 0.400)
import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(30)

wine = load_wine()
x_train, x_test, y_train, y_test = train_test_split(wine.data, wine.target, random_state=30, stratify=wine.target)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
x_train = torch.Tensor(x_train)
x_test = torch.Tensor(x_test)
y_train = torch.LongTensor(y_train)
y_test = torch.LongTensor(y_test)

net = nn.Sequential(
    nn.Linear(13, 16),
    nn.Tanh(),
    nn.Linear(16, 16),
    nn.Tanh(),
    nn.Linear(16, 3),
)
opt = torch.optim.Adagrad(net.parameters(), lr=0.02)
loss_fn = nn.CrossEntropyLoss()

for i in range(60):
    net.train()
    for j in range(0, len(x_train), 19):
        opt.zero_grad()
        l = loss_fn(net(x_train[j:j + 19]), y_train[j:j + 19])
        l.backward()
        opt.step()
    if (i + 1) % 10 == 0:
        print("iter", i + 1, "loss", l.item())

net.eval()
with torch.no_grad():
    out = net(x_test)
print("test loss %.3f, test accuracy %.3f" % (loss_fn(out, y_test).item(), (out.argmax(1) == y_test).float().mean().item()))
