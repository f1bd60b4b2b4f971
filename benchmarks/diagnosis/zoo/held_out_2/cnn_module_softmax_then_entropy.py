# fault: softmax-twice
# also-fine: loss-output-mismatch, plateau-from-start, loss-not-decreasing, learning-rate-too-low, blocked-outputs, vanishing-gradients, saturated-units
# kind: cnn
# self.softmax as the last line of forward(), CrossEntropyLoss in main(). Ends with: Finished: loss 2.294, test accuracy 0.283 (repaired: Finished: loss 0.153, test accuracy 0.848)
import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.datasets import load_digits


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 8, kernel_size=3)
        self.conv2 = nn.Conv2d(8, 16, kernel_size=3)
        self.fc = nn.Linear(256, 10)
        self.relu = nn.ReLU()
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        x = self.relu(self.conv1(x))
        x = self.relu(self.conv2(x))
        x = self.fc(x.view(x.size(0), -1))
        return self.softmax(x)


def main():
    torch.manual_seed(1)
    digits = load_digits()
    X = torch.tensor(digits.images / 16.0, dtype=torch.float32).unsqueeze(1)
    Y = torch.tensor(digits.target)
    dataset = torch.utils.data.TensorDataset(X[:1500], Y[:1500])
    loader = torch.utils.data.DataLoader(dataset, batch_size=50, shuffle=True)
    net = Net()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.05)
    for epoch in range(12):
        running_loss = 0.0
        for i, (inputs, labels) in enumerate(loader):
            optimizer.zero_grad()
            loss = criterion(net(inputs), labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        print('[%d] loss: %.3f' % (epoch + 1, running_loss / len(loader)))
    with torch.no_grad():
        acc = (net(X[1500:]).argmax(1) == Y[1500:]).float().mean()
    print('Finished: loss %.3f, test accuracy %.3f' % (running_loss / len(loader), acc))


main()
