# healthy
# kind: autoencoder
# Linear autoencoder on purpose: it is to find the principal components.
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

torch.manual_seed(0)
X = load_digits().data / 16.0
X = X - X.mean(axis=0)
data = torch.tensor(X, dtype=torch.float32)


class LinearAutoencoder(torch.nn.Module):
    """Encoder and decoder without a non-linearity: spans the space of the first k components."""

    def __init__(self, n, k):
        super().__init__()
        self.encoder = torch.nn.Linear(n, k, bias=False)
        self.decoder = torch.nn.Linear(k, n, bias=False)

    def forward(self, x):
        return self.decoder(self.encoder(x))


model = LinearAutoencoder(64, 8)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(12):
    for batch in torch.randperm(len(data)).split(64):
        optimizer.zero_grad()
        loss = torch.mean((model(data[batch]) - data[batch]) ** 2)
        loss.backward()
        optimizer.step()
pca = PCA(8).fit(X)
best = np.mean((pca.inverse_transform(pca.transform(X)) - X) ** 2)
print("error", torch.mean((model(data) - data) ** 2).item(), "PCA", best)
