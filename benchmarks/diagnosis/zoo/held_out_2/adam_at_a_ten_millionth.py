# fault: learning-rate-too-low
# also-fine: plateau-from-start, loss-not-decreasing, parameters-not-trained, noisy-gradients
# kind: rnn
# A GRU that reads the rows of a digit, with Adam(lr=1e-7). Ends with: Loss: 2.327, test accuracy: 0.101 (repaired: Loss: 0.040, test accuracy: 0.872)
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits

torch.manual_seed(15)
digits = load_digits()
seqs = torch.tensor(digits.images / 16, dtype=torch.float32)
targets = torch.tensor(digits.target)
train_set = TensorDataset(seqs[:1500], targets[:1500])
learning_rate = 1e-7
num_epochs = 8


class RowReader(nn.Module):
    def __init__(self, input_size=8, hidden_size=32, num_layers=1, num_classes=10):
        super().__init__()
        self.hidden_size = hidden_size
        self.gru = nn.GRU(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h0 = torch.zeros(1, x.size(0), self.hidden_size)
        out, _ = self.gru(x, h0)
        return self.fc(out[:, -1, :])


model = RowReader()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
loader = DataLoader(train_set, batch_size=50, shuffle=True)
for epoch in range(num_epochs):
    for i, (images, labels) in enumerate(loader):
        outputs = model(images)
        loss = criterion(outputs, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (i + 1) % 15 == 0:
            print('Epoch [{}/{}], Step [{}/{}], Loss: {:.4f}'.format(epoch + 1, num_epochs, i + 1, len(loader), loss.item()))

with torch.no_grad():
    correct = (model(seqs[1500:]).argmax(1) == targets[1500:]).sum().item()
    print('Loss: {:.3f}, test accuracy: {:.3f}'.format(loss.item(), correct / 297))
