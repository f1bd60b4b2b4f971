# healthy
# repairs: tanh_weights_all_above_zero
# kind: mlp
# Five tanh layers with Xavier initialisation.
import torch
from sklearn.datasets import make_circles
from torch import nn

torch.manual_seed(0)
x, y = make_circles(600, noise=0.05, factor=0.5, random_state=0)
x = torch.tensor((x - x.mean(0)) / x.std(0), dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32).unsqueeze(1)

layers = [nn.Linear(2, 8), nn.Tanh()]
for _ in range(4):
    layers += [nn.Linear(8, 8), nn.Tanh()]
model = nn.Sequential(*layers, nn.Linear(8, 1))
for layer in model:
    if isinstance(layer, nn.Linear):
        nn.init.xavier_normal_(layer.weight, gain=nn.init.calculate_gain("tanh"))
        nn.init.zeros_(layer.bias)

optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
for epoch in range(40):
    for part in torch.randperm(len(x)).split(50):
        loss = nn.functional.binary_cross_entropy_with_logits(model(x[part]), y[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 10 == 0:
        print(epoch, loss.item())
print("last", loss.item())
