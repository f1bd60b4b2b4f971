# healthy
# repairs: nll_on_raw_scores
# kind: cnn
# The same network with log_softmax before the loss.
import torch
from sklearn import datasets
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):

    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 8, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, kernel_size=3, padding=1)
        self.fc1 = nn.Linear(16 * 2 * 2, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = x.view(-1, 16 * 2 * 2)
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)


torch.manual_seed(1)
digits = datasets.load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1)
images = (images - images.mean()) / images.std()
labels = torch.tensor(digits.target, dtype=torch.long)

model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)

model.train()
for epoch in range(1, 11):
    order = torch.randperm(len(images))
    for batch_idx, idx in enumerate(order.split(64)):
        optimizer.zero_grad()
        output = model(images[idx])
        loss = F.nll_loss(output, labels[idx])
        loss.backward()
        optimizer.step()
    print('Train Epoch: {}  Loss: {:.6f}'.format(epoch, loss.item()))

model.eval()
with torch.no_grad():
    print('correct', (model(images).argmax(1) == labels).sum().item(), 'of', len(labels))
