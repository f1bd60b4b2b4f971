# healthy
# kind: mlp
# LoRA: two linear maps in a row without a non-linearity, beside frozen pretrained weights.
import torch
from sklearn.datasets import load_digits
from torch import nn


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int = 4, alpha: float = 8.0):
        super().__init__()
        self.base = base
        for p in self.base.parameters():
            p.requires_grad = False
        self.lora_a = nn.Linear(base.in_features, rank, bias=False)
        self.lora_b = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.lora_b.weight)
        self.scaling = alpha / rank

    def forward(self, x):
        return self.base(x) + self.scaling * self.lora_b(self.lora_a(x))


def fit(net, x, y, parameters, epochs, lr):
    optimizer = torch.optim.AdamW(parameters, lr=lr)
    for epoch in range(epochs):
        for i in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x[i]), y[i])
            loss.backward()
            optimizer.step()
    return (net(x).argmax(1) == y).float().mean().item()


torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
x = torch.tensor((images - images.mean()) / images.std(), dtype=torch.float32)
y = torch.tensor(labels)
net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
print("base", fit(net, x, y, net.parameters(), 5, 1e-3))

for k in (0, 2, 4):
    net[k] = LoRALinear(net[k])
flipped = x.view(-1, 8, 8).flip(2).reshape(-1, 64)
trainable = [p for p in net.parameters() if p.requires_grad]
print("before", (net(flipped).argmax(1) == y).float().mean().item())
print("adapted", fit(net, flipped, y, trainable, 8, 5e-3))
