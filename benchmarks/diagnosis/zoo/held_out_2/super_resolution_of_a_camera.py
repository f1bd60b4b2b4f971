# healthy
# kind: cnn
# In the manner of super_resolution of pytorch/examples: orthogonal start, pixel shuffle, MSE, PSNR. Ends with: ===> Avg. PSNR: 24.83 dB
import math
import torch
import torch.nn as nn
import torch.nn.init as init
from skimage import data

torch.manual_seed(123)
picture = torch.tensor(data.camera()[::2, ::2]).float() / 255
tiles = picture.unfold(0, 32, 16).unfold(1, 32, 16).reshape(-1, 1, 32, 32)
tiles = tiles[torch.randperm(len(tiles))]
small = nn.functional.avg_pool2d(tiles, 2)
n_train = 190


class Net(nn.Module):
    def __init__(self, upscale_factor):
        super(Net, self).__init__()
        self.relu = nn.ReLU()
        self.conv1 = nn.Conv2d(1, 24, (5, 5), (1, 1), (2, 2))
        self.conv2 = nn.Conv2d(24, 24, (3, 3), (1, 1), (1, 1))
        self.conv3 = nn.Conv2d(24, 12, (3, 3), (1, 1), (1, 1))
        self.conv4 = nn.Conv2d(12, upscale_factor ** 2, (3, 3), (1, 1), (1, 1))
        self.pixel_shuffle = nn.PixelShuffle(upscale_factor)
        for conv in (self.conv1, self.conv2, self.conv3):
            init.orthogonal_(conv.weight, init.calculate_gain('relu'))
        init.orthogonal_(self.conv4.weight)

    def forward(self, x):
        x = self.relu(self.conv1(x))
        x = self.relu(self.conv2(x))
        x = self.relu(self.conv3(x))
        return self.pixel_shuffle(self.conv4(x))


model = Net(upscale_factor=2)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)


def train(epoch):
    epoch_loss = 0
    for k in range(0, n_train, 10):
        optimizer.zero_grad()
        loss = criterion(model(small[k:k + 10]), tiles[k:k + 10])
        epoch_loss += loss.item()
        loss.backward()
        optimizer.step()
    print("===> Epoch {} Complete: Avg. Loss: {:.5f}".format(epoch, epoch_loss / 19))


def test():
    with torch.no_grad():
        mse = criterion(model(small[n_train:]), tiles[n_train:])
    print("===> Avg. PSNR: {:.2f} dB".format(10 * math.log10(1 / mse.item())))


for epoch in range(1, 16):
    train(epoch)
test()
