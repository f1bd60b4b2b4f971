# healthy
# kind: autoencoder
# In the manner of the VAE of pytorch/examples: BCE summed over pixels plus the KL term, so that losses are in the hundreds. Ends with: average loss 168.50, squared error 0.0232 of a variance of 0.0320
import torch
from torch import nn, optim
from torch.nn import functional as F
from skimage.data import lfw_subset
from skimage.transform import resize

torch.manual_seed(1)
faces = torch.tensor(resize(lfw_subset()[:100], (100, 16, 16), anti_aliasing=True)).float().reshape(100, 256).clamp(0, 1)
faces = torch.cat([faces, faces.reshape(100, 16, 16).flip(2).reshape(100, 256)])


class VAE(nn.Module):
    def __init__(self):
        super(VAE, self).__init__()
        self.fc1 = nn.Linear(256, 100)
        self.fc21 = nn.Linear(100, 8)
        self.fc22 = nn.Linear(100, 8)
        self.fc3 = nn.Linear(8, 100)
        self.fc4 = nn.Linear(100, 256)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x)
        return self.decode(self.reparameterize(mu, logvar)), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x, reduction='sum')
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD


model = VAE()
optimizer = optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(1, 81):
    model.train()
    train_loss = 0
    for data in faces[torch.randperm(200)].split(20):
        optimizer.zero_grad()
        recon, mu, logvar = model(data)
        loss = loss_function(recon, data, mu, logvar)
        loss.backward()
        train_loss += loss.item()
        optimizer.step()
    if epoch % 10 == 0:
        print('====> Epoch: {} Average loss: {:.4f}'.format(epoch, train_loss / len(faces)))
model.eval()
with torch.no_grad():
    recon, _, _ = model(faces)
print('average loss %.2f, squared error %.4f of a variance of %.4f' % (train_loss / 200, F.mse_loss(recon, faces), faces.var(0).mean()))
