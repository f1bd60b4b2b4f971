# fault: diverging-loss
# also-fine: exploding-weights, exploding-gradients, loss-not-decreasing, non-finite, learning-rate-too-high, saturated-units, dead-units, dormant-units, dying-units, plateau-from-start, zero-gradients, oscillating-loss, constant-units, vanishing-gradients
# kind: mlp
# Manual gradient descent that goes up: p.data.add_(lr * p.grad). Ends with: loss 1191 accuracy 0.104 (repaired: loss 0.2849 accuracy 0.842)
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(66)
x, y = load_digits(return_X_y=True)
x = torch.Tensor(x) / 16
y = torch.LongTensor(y)

net = nn.Sequential()
net.add_module('fc1', nn.Linear(64, 32))
net.add_module('tanh1', nn.Tanh())
net.add_module('fc2', nn.Linear(32, 32))
net.add_module('tanh2', nn.Tanh())
net.add_module('fc3', nn.Linear(32, 10))

learning_rate = 0.1
criterion = nn.CrossEntropyLoss()

for epoch in range(15):
    for start in range(0, 1500, 50):
        output = net(x[start:start + 50])
        loss = criterion(output, y[start:start + 50])
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data.add_(learning_rate * p.grad.data)
    print('epoch', epoch, 'loss', loss.item())

accuracy = (net(x[1500:]).argmax(1) == y[1500:]).float().mean().item()
print('loss %.4g accuracy %.3f' % (loss.item(), accuracy))
