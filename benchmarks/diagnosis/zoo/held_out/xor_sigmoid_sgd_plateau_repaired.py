# healthy
# repairs: xor_sigmoid_sgd_plateau
# kind: mlp
# XOR with eight tanh units, a loss on logits, and Adam.
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(2)
X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])


class XOR(nn.Module):
    def __init__(self):
        super(XOR, self).__init__()
        self.lin1 = nn.Linear(2, 8)
        self.lin2 = nn.Linear(8, 1)

    def forward(self, x):
        x = torch.tanh(self.lin1(x))
        return self.lin2(x)


model = XOR()
optimizer = optim.Adam(model.parameters(), lr=0.05)
loss_func = nn.BCEWithLogitsLoss()
for epoch in range(600):
    optimizer.zero_grad()
    loss = loss_func(model(X), Y)
    loss.backward()
    optimizer.step()
    if epoch % 100 == 0:
        print("Epoch: {0}, Loss: {1:.4f}".format(epoch, loss.item()))
print(model(X).detach().squeeze())
