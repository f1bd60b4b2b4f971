# healthy
# repairs: two_layers_by_hand_randn
# kind: mlp
# The repaired twin. Ends with: test loss 0.551, test accuracy 0.859 (faulty: test loss 3.545, test accuracy 0.532)
import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(25)

X, Y = load_digits(return_X_y=True)
X = torch.tensor((X - X.mean()) / X.std(), dtype=torch.float)
Y = torch.tensor(Y)
BATCH, D_in, H, D_out = 50, 64, 100, 10


class ByHand(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(D_in, H) * (2 / D_in) ** 0.5)
        self.w2 = nn.Parameter(torch.randn(H, H) * (2 / H) ** 0.5)
        self.w3 = nn.Parameter(torch.randn(H, D_out) * (1 / H) ** 0.5)
        self.b1 = nn.Parameter(torch.zeros(H))
        self.b2 = nn.Parameter(torch.zeros(H))
        self.act = nn.Tanh()

    def forward(self, x):
        h = self.act(x @ self.w1 + self.b1)
        h = self.act(h @ self.w2 + self.b2)
        return h @ self.w3


net = ByHand()
lossf = nn.CrossEntropyLoss()
sgd = torch.optim.SGD(net.parameters(), lr=0.01)
for ep in range(15):
    for k in range(0, 1500, BATCH):
        loss = lossf(net(X[k:k + BATCH]), Y[k:k + BATCH])
        sgd.zero_grad()
        loss.backward()
        sgd.step()
    print(ep, loss.item())

with torch.no_grad():
    out = net(X[1500:])
    print("test loss %.3f, test accuracy %.3f" % (lossf(out, Y[1500:]), (out.argmax(1) == Y[1500:]).float().mean()))
