# healthy
# repairs: test_with_dropout_on
# kind: mlp
# The repaired twin. Ends with: Test set: Average loss: 0.3567, Accuracy: 353/397 (89%) (faulty: Test set: Average loss: 0.6177, Accuracy: 329/397 (83%))
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(50)
X, Y = load_digits(return_X_y=True)
X, Y = torch.tensor(X, dtype=torch.float) / 16, torch.tensor(Y)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(64, 128)
        self.drop1 = nn.Dropout(0.5)
        self.fc2 = nn.Linear(128, 128)
        self.drop2 = nn.Dropout(0.7)
        self.fc3 = nn.Linear(128, 10)

    def forward(self, x):
        x = self.drop1(F.relu(self.fc1(x)))
        x = self.drop2(F.relu(self.fc2(x)))
        return F.log_softmax(self.fc3(x), dim=1)


def train(model, loader, optimizer, epoch):
    model.train()
    for data, target in loader:
        optimizer.zero_grad()
        loss = F.nll_loss(model(data), target)
        loss.backward()
        optimizer.step()


def test(model, loader):
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for data, target in loader:
            output = model(data)
            test_loss += F.nll_loss(output, target, reduction='sum').item()
            correct += output.argmax(1).eq(target).sum().item()
    n = len(loader.dataset)
    print('Test set: Average loss: {:.4f}, Accuracy: {}/{} ({:.0f}%)'.format(test_loss / n, correct, n, 100. * correct / n))


model = Net()
optimizer = optim.Adam(model.parameters(), lr=2e-3)
train_loader = DataLoader(TensorDataset(X[:1400], Y[:1400]), batch_size=64, shuffle=True)
test_loader = DataLoader(TensorDataset(X[1400:], Y[1400:]), batch_size=100)
for epoch in range(1, 13):
    train(model, train_loader, optimizer, epoch)
    test(model, test_loader)
