# healthy
# repairs: one_picture_at_a_time_batchnorm
# kind: cnn
# The repaired twin. Ends with: training loss 0.195, right in training 0.896 (faulty: training loss 0.686, right in training 0.552)
import numpy as np
import torch
import torch.nn as nn
from skimage import data

rng = np.random.RandomState(4)
torch.manual_seed(4)

# patches of the camera man: is the patch brighter than the middle one
cam = data.camera().astype(np.float32) / 255
spots = rng.randint(0, 512 - 12, (600, 2))
patches = np.stack([cam[r:r + 12, c:c + 12] for r, c in spots])
y = (patches.mean((1, 2)) > np.median(patches.mean((1, 2)))).astype(np.float32)
X = torch.from_numpy(patches)[:, None]
y = torch.from_numpy(y)

net = nn.Sequential(
    nn.Conv2d(1, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
    nn.Conv2d(8, 8, 3, stride=2, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 1), nn.Flatten(0),
)
BATCH = 25
optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
loss_function = nn.BCEWithLogitsLoss()

for epoch in range(4 if BATCH == 1 else 25):
    total, right = 0.0, 0
    for picks in torch.randperm(500).split(BATCH):
        optimizer.zero_grad()
        out = net(X[picks])
        loss = loss_function(out, y[picks])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(picks) / 500
        right += ((out > 0).float() == y[picks]).sum().item()
    if epoch % 4 == 0 or BATCH == 1:
        print("epoch %d: loss %.3f, right %.3f" % (epoch, total, right / 500))

print("training loss %.3f, right in training %.3f" % (total, right / 500))
