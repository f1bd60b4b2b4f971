# fault: plateau-from-start
# also-fine: loss-not-decreasing, learning-rate-too-low, mse-on-class-labels, vanishing-gradients, constant-units, outputs-not-centred, loss-output-mismatch
# kind: mlp
# XOR with two sigmoid units, squared error and slow SGD: the loss stays at 0.25.
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(2)
X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])


class XOR(nn.Module):
    def __init__(self):
        super(XOR, self).__init__()
        self.lin1 = nn.Linear(2, 2)
        self.lin2 = nn.Linear(2, 1)

    def forward(self, x):
        x = torch.sigmoid(self.lin1(x))
        return torch.sigmoid(self.lin2(x))


model = XOR()
optimizer = optim.SGD(model.parameters(), lr=0.05)
loss_func = nn.MSELoss()
for epoch in range(600):
    optimizer.zero_grad()
    loss = loss_func(model(X), Y)
    loss.backward()
    optimizer.step()
    if epoch % 100 == 0:
        print("Epoch: {0}, Loss: {1:.4f}".format(epoch, loss.item()))
print(model(X).detach().squeeze())
