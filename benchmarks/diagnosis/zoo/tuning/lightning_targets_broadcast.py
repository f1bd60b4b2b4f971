# fault: shape-broadcast
# also-fine: loss-not-decreasing, plateau-from-start
# kind: lightning
# Lightning regression: predictions squeezed to (N,), targets left at (N, 1), smooth L1 loss.
import logging
import warnings

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from sklearn.datasets import load_diabetes
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class LitRegressor(pl.LightningModule):
    def __init__(self, n_features, lr=3e-3):
        super().__init__()
        self.lr = lr
        self.body = nn.Sequential(nn.Linear(n_features, 32), nn.GELU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.body(x)

    def training_step(self, batch, batch_idx):
        x, y = batch
        y_hat = self(x).squeeze()
        loss = F.smooth_l1_loss(y_hat, y)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


if __name__ == "__main__":
    pl.seed_everything(7)
    X, y = load_diabetes(return_X_y=True)
    X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
    y = torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32).reshape(-1, 1)
    loader = DataLoader(TensorDataset(X, y), batch_size=32, shuffle=True)
    model = LitRegressor(10)
    trainer = pl.Trainer(max_epochs=15, accelerator="cpu", logger=False, enable_checkpointing=False,
                         enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(model, loader)
    with torch.no_grad():
        print("mse", F.mse_loss(model(X), y).item())
