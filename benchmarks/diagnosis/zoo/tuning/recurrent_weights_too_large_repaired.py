# healthy
# repairs: recurrent_weights_too_large
# kind: rnn
# The same started at 0.8 times the identity.
import torch
import torch.nn as nn

torch.manual_seed(0)


class IRNN(nn.Module):
    def __init__(self, hidden_size=24, gain=2.0):
        super().__init__()
        self.w_in = nn.Linear(1, hidden_size)
        self.w_rec = nn.Linear(hidden_size, hidden_size, bias=False)
        self.readout = nn.Linear(hidden_size, 1)
        nn.init.zeros_(self.w_in.bias)
        nn.init.eye_(self.w_rec.weight)
        self.w_rec.weight.data.mul_(gain)

    def forward(self, seq):
        h = seq.new_zeros(seq.size(0), self.w_rec.in_features)
        for x in seq.unbind(dim=1):
            h = torch.relu(self.w_in(x) + self.w_rec(h))
        return self.readout(h)


model = IRNN(gain=0.8)
optimizer = torch.optim.SGD(model.parameters(), lr=0.003)
for i in range(250):
    seq = torch.rand(32, 15, 1) - 0.3
    target = seq.mean(dim=1) * 5
    loss = nn.functional.mse_loss(model(seq), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if i % 50 == 0:
        print(i, loss.item())
print("last", loss.item())
