# healthy
# repairs: loss_wrapped_in_a_new_tensor
# kind: mlp
# The repaired twin. Ends with: loss from 0.678 to 0.104, correct 1.000 (faulty: loss from 0.719 to 0.719, correct 0.246)
import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import MinMaxScaler

torch.manual_seed(3)

X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor(MinMaxScaler().fit_transform(X)).float()
y = torch.tensor(y).float()

model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid(), nn.Flatten(0))
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

losses = []
for epoch in range(20):
    epoch_loss = 0
    for i in range(0, 500, 25):
        inputs, targets = X[i:i + 25], y[i:i + 25]
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    losses.append(epoch_loss / 20)
    print("Epoch: %d, loss: %1.5f" % (epoch, losses[-1]))

correct = ((model(X[500:]) > 0.5).float() == y[500:]).float().mean().item()
print("loss from %.3f to %.3f, correct %.3f" % (losses[0], losses[-1], correct))
