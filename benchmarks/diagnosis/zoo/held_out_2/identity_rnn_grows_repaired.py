# healthy
# repairs: identity_rnn_grows
# kind: rnn
# The repaired twin. Ends with: test loss 0.001092 (a constant has 0.53) (faulty: test loss 5.646e+05 (a constant has 0.53))
import math
import torch
import torch.nn as nn

torch.manual_seed(27)


def waves(n, length=50):
    phase = torch.rand(n, 1) * 2 * math.pi
    freq = 0.2 + 0.3 * torch.rand(n, 1)
    t = torch.arange(length + 1).float()
    w = torch.sin(freq * t + phase)
    return w[:, :-1, None], w[:, -1:]


class Model(nn.Module):
    def __init__(self, hidden=20):
        super(Model, self).__init__()
        self.rnn = nn.RNN(1, hidden, nonlinearity='relu', batch_first=True)
        self.linear = nn.Linear(hidden, 1)
        with torch.no_grad():
            self.rnn.weight_hh_l0.copy_(0.9 * torch.eye(hidden))

    def forward(self, x):
        out, h = self.rnn(x)
        return self.linear(out[:, -1])


model = Model()
crit = nn.MSELoss()
optim = torch.optim.Adam(model.parameters(), lr=0.003)
for it in range(250):
    x, target = waves(32)
    optim.zero_grad()
    loss = crit(model(x), target)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optim.step()
    if it % 50 == 0:
        print("iteration", it, "loss", loss.item())

x, target = waves(200)
print("test loss %.4g (a constant has %.2f)" % (crit(model(x), target).item(), target.var().item()))
