# healthy
# repairs: layers_in_a_python_list
# kind: mlp
# The same with an nn.ModuleList.
import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class MLP(nn.Module):
    def __init__(self, in_dim, hidden, out_dim):
        super(MLP, self).__init__()
        dims = [in_dim] + hidden
        self.layers = nn.ModuleList()
        for i in range(len(hidden)):
            self.layers.append(nn.Linear(dims[i], dims[i + 1]))
        self.output = nn.Linear(dims[-1], out_dim)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.output(x)


torch.manual_seed(42)
X, y = load_digits(return_X_y=True)
Xtr, Xte, ytr, yte = train_test_split((X - X.mean()) / X.std(), y, test_size=0.25, random_state=42)
Xtr, Xte = torch.FloatTensor(Xtr), torch.FloatTensor(Xte)
ytr, yte = torch.LongTensor(ytr), torch.LongTensor(yte)

model = MLP(64, [64, 32, 32], 10)
optimizer = optim.Adam(model.parameters(), lr=2e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(10):
    model.train()
    perm = torch.randperm(Xtr.size(0))
    for b in perm.split(64):
        optimizer.zero_grad()
        loss = criterion(model(Xtr[b]), ytr[b])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        acc = (model(Xte).argmax(dim=1) == yte).float().mean()
    print(f"{epoch:02d} loss={loss.item():.3f} test acc={acc:.3f}")
