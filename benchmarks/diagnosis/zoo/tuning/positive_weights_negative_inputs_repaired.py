# healthy
# repairs: positive_weights_negative_inputs
# kind: by-hand
# The same with weights of both signs and centred images.
import torch
from sklearn.datasets import load_digits

torch.manual_seed(0)
images, labels = load_digits(return_X_y=True)
X = torch.tensor((images - images.mean()) / 8.0, dtype=torch.float)
Y = torch.tensor(labels)

n_hidden = 50
w1 = (torch.randn(64, n_hidden) * 0.1).requires_grad_()
b1 = torch.zeros(n_hidden, requires_grad=True)
w2 = (torch.randn(n_hidden, 10) * 0.1).requires_grad_()
b2 = torch.zeros(10, requires_grad=True)
params = [w1, b1, w2, b2]

for epoch in range(10):
    for idx in torch.randperm(len(X)).split(64):
        hidden = torch.clamp(X[idx] @ w1 + b1, min=0)
        scores = hidden @ w2 + b2
        loss = torch.nn.functional.cross_entropy(scores, Y[idx])
        grads = torch.autograd.grad(loss, params)
        with torch.no_grad():
            for p, g in zip(params, grads):
                p -= 0.2 * g
    print(epoch, loss.item())
