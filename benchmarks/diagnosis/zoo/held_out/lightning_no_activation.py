# fault: no-nonlinearity
# kind: lightning
# Lightning classifier of two interleaved moons, three linear layers with nothing between them.
import logging
import warnings

import lightning as L
import torch
from sklearn.datasets import make_moons
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class MoonClassifier(L.LightningModule):
    def __init__(self, hidden=32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2, hidden),
            nn.Linear(hidden, hidden),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.net(x).squeeze(-1)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = nn.functional.binary_cross_entropy_with_logits(self(x), y)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-2)


L.seed_everything(0)
X, y = make_moons(1000, noise=0.15, random_state=0)
X = (X - X.mean(0)) / X.std(0)
dataset = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32))
model = MoonClassifier()
trainer = L.Trainer(max_epochs=8, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False)
trainer.fit(model, DataLoader(dataset, batch_size=50, shuffle=True))
with torch.no_grad():
    pred = model(dataset.tensors[0]) > 0
print("accuracy", (pred == (dataset.tensors[1] > 0.5)).float().mean().item())
