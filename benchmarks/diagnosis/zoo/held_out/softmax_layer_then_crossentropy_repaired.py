# healthy
# repairs: softmax_layer_then_crossentropy
# kind: mlp
# The same classifier without the Softmax: the loss has its own.
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data, target = load_digits(return_X_y=True)
x = torch.tensor(data / 16.0, dtype=torch.float32)
y = torch.tensor(target)
loader = DataLoader(TensorDataset(x, y), batch_size=64, shuffle=True)

net = nn.Sequential(
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 32),
    nn.ReLU(),
    nn.Linear(32, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(10):
    running_loss = 0.0
    for inputs, labels in loader:
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    print("epoch %d loss %.3f" % (epoch + 1, running_loss / len(loader)))

with torch.no_grad():
    print("accuracy", (net(x).argmax(1) == y).float().mean().item())
