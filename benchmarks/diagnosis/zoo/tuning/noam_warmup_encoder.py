# healthy
# kind: transformer
# nn.TransformerEncoder with Noam warm-up: the learning rate starts at almost 0 on purpose.
import math

import torch
from torch import nn


class Sorter(nn.Module):
    """For each token, is it larger than the first of its sequence?"""

    def __init__(self, vocab=16, d_model=32):
        super().__init__()
        self.embed = nn.Embedding(vocab, d_model)
        self.position = nn.Parameter(torch.randn(12, d_model) * 0.02)
        layer = nn.TransformerEncoderLayer(d_model, nhead=4, dim_feedforward=64, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
        self.head = nn.Linear(d_model, 2)
        self.d_model = d_model

    def forward(self, tokens):
        x = self.embed(tokens) * math.sqrt(self.d_model) + self.position
        return self.head(self.encoder(x))


def rate(step, d_model=32, warmup=60):
    step = max(step, 1)
    return d_model**-0.5 * min(step**-0.5, step * warmup**-1.5)


torch.manual_seed(0)
model = Sorter()
optimizer = torch.optim.Adam(model.parameters(), lr=0.35, betas=(0.9, 0.98), eps=1e-9)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
for step in range(250):
    tokens = torch.randint(0, 16, (32, 12))
    labels = (tokens > tokens[:, :1]).long()
    logits = model(tokens)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 50 == 0:
        print(step, loss.item(), scheduler.get_last_lr()[0])
print("last", loss.item())
