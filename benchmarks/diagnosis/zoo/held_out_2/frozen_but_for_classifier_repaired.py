# healthy
# repairs: frozen_but_for_classifier
# kind: cnn
# The repaired twin. Ends with: train loss 0.004, val accuracy 0.975 (faulty: train loss 0.661, val accuracy 0.700)
import torch
import torch.nn as nn
from skimage.data import lfw_subset

torch.manual_seed(61)
faces = torch.tensor(lfw_subset()).float()[:, None]
faces = (faces - faces.mean()) / faces.std()
labels = torch.cat([torch.ones(100), torch.zeros(100)]).long()
perm = torch.randperm(200)
faces, labels = faces[perm], labels[perm]


class TinyVGG(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(4, 8, 3), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(128, 12), nn.ReLU(), nn.Linear(12, 2))

    def forward(self, x):
        return self.classifier(self.features(x))


model = TinyVGG()
for name, param in model.named_parameters():
    param.requires_grad = "classifier" in name or "features" in name

trainable = [p for p in model.parameters() if p.requires_grad]
print("training", sum(p.numel() for p in trainable), "numbers")
optimizer = torch.optim.Adam(trainable, lr=0.002)
for epoch in range(30):
    model.train()
    running = 0
    for k in range(0, 160, 16):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(faces[k:k + 16]), labels[k:k + 16])
        loss.backward()
        optimizer.step()
        running += loss.item()
    if epoch % 5 == 4:
        print("epoch", epoch + 1, running / 10)
model.eval()
val = (model(faces[160:]).argmax(1) == labels[160:]).float().mean().item()
print("train loss %.3f, val accuracy %.3f" % (running / 10, val))
