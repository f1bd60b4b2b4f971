# fault: detached-graph
# also-fine: parameters-not-trained, plateau-from-start, loss-not-decreasing, learning-rate-too-low, loss-independent-of-parameters, zero-gradients, missing-zero-grad, frozen-parameters, vanishing-gradients
# kind: mlp
# torch.tensor(loss.item(), requires_grad=True) to be rid of the error "does not require grad". Ends with: loss from 0.719 to 0.719, correct 0.246 (repaired: loss from 0.678 to 0.104, correct 1.000)
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
        loss = torch.tensor(loss.item(), requires_grad=True)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    losses.append(epoch_loss / 20)
    print("Epoch: %d, loss: %1.5f" % (epoch, losses[-1]))

correct = ((model(X[500:]) > 0.5).float() == y[500:]).float().mean().item()
print("loss from %.3f to %.3f, correct %.3f" % (losses[0], losses[-1], correct))
