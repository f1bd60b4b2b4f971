# healthy
# kind: autoencoder
# Convolutional autoencoder of images in 0…1: sigmoid output and squared error.
import torch
import torch.nn as nn
from skimage import data
from torch.utils.data import DataLoader, TensorDataset


def patches(size=16, step=8):
    image = torch.tensor(data.camera(), dtype=torch.float32) / 255.0
    tiles = image.unfold(0, size, step).unfold(1, size, step)
    return tiles.reshape(-1, 1, size, size)


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1), nn.LeakyReLU(0.1),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.LeakyReLU(0.1),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(32, 16, 2, stride=2), nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 2, stride=2), nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


torch.manual_seed(0)
loader = DataLoader(TensorDataset(patches()), batch_size=64, shuffle=True)
model = Autoencoder()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(5):
    total = 0.0
    for (batch,) in loader:
        recon = model(batch)
        loss = criterion(recon, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print("epoch", epoch, "loss", round(total / len(loader), 5))
