# healthy
# repairs: constant_weights_everywhere
# kind: mlp
# The repaired twin. Ends with: loss 0.192, test accuracy 0.872 (faulty: loss 1.820, test accuracy 0.205)
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(22)
digits = load_digits()
X = torch.tensor(digits.data).float() / 16
y = torch.tensor(digits.target)


def weights_init(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
        nn.init.constant_(m.bias, 0.0)


class Feedforward(torch.nn.Module):
    def __init__(self, input_size, hidden_size):
        super(Feedforward, self).__init__()
        self.fc1 = nn.Linear(input_size, hidden_size)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(hidden_size, hidden_size)
        self.relu2 = nn.ReLU()
        self.fc3 = nn.Linear(hidden_size, 10)

    def forward(self, x):
        return self.fc3(self.relu2(self.fc2(self.relu(self.fc1(x)))))


model = Feedforward(64, 32)
model.apply(weights_init)
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
lossfunction = nn.CrossEntropyLoss()
for epoch in range(15):
    for i in range(0, 1500, 60):
        optimizer.zero_grad()
        loss = lossfunction(model(X[i:i + 60]), y[i:i + 60])
        loss.backward()
        optimizer.step()
    print('Epoch {}: train loss: {}'.format(epoch, loss.item()))
print('loss %.3f, test accuracy %.3f' % (loss.item(), (model(X[1500:]).argmax(1) == y[1500:]).float().mean().item()))
