# fault: learning-rate-too-high, oscillating-loss
# also-fine: diverging-loss, loss-not-decreasing, exploding-gradients, exploding-weights, dead-units, dying-units, dormant-units, plateau-from-start, saturated-units, non-finite, zero-gradients, noisy-gradients, constant-units, vanishing-gradients
# kind: mlp
# SGD with lr 0.5 and momentum 0.99, nesterov. Ends with: final loss: 1.4138, accuracy 0.193 (repaired: final loss: 0.1443, accuracy 0.863)
import torch
import torch.nn as nn
from sklearn.datasets import make_classification

torch.manual_seed(71)
X, y = make_classification(n_samples=1500, n_features=20, n_informative=10, n_classes=4, class_sep=1.5, random_state=71)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(y, dtype=torch.long)

device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')


class NeuralNet(nn.Module):
    def __init__(self, input_size, hidden_size, num_classes):
        super(NeuralNet, self).__init__()
        self.input_size = input_size
        self.l1 = nn.Linear(input_size, hidden_size)
        self.act = nn.SiLU()
        self.l2 = nn.Linear(hidden_size, hidden_size)
        self.l3 = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        out = self.act(self.l1(x))
        out = self.act(self.l2(out))
        return self.l3(out)


model = NeuralNet(20, 40, 4).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.99, nesterov=True)

for epoch in range(12):
    for i in range(0, 1200, 40):
        xb, yb = X[i:i + 40].to(device), y[i:i + 40].to(device)
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    print(f'epoch {epoch + 1}, loss = {loss.item():.4f}')

with torch.no_grad():
    pred = model(X[1200:].to(device)).argmax(1)
print(f'final loss: {loss.item():.4f}, accuracy {(pred == y[1200:].to(device)).float().mean():.3f}')
