# healthy
# kind: mlp
# A beginner's linear regression: one Linear, full batch, SGD; there is nothing to be nonlinear about. Ends with: loss 0.0831, slope 0.311, r2 0.856
import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_iris

torch.manual_seed(0)
# Hyper-parameters
input_size = 1
output_size = 1
num_epochs = 200
learning_rate = 0.01

# petal width from petal length
iris = load_iris()
x_train = iris.data[:, 2:3].astype(np.float32)
y_train = iris.data[:, 3:4].astype(np.float32)

# Linear regression model
model = nn.Linear(input_size, output_size)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)

for epoch in range(num_epochs):
    inputs = torch.from_numpy(x_train)
    targets = torch.from_numpy(y_train)
    outputs = model(inputs)
    loss = criterion(outputs, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if (epoch + 1) % 20 == 0:
        print('Epoch [{}/{}], Loss: {:.4f}'.format(epoch + 1, num_epochs, loss.item()))

predicted = model(torch.from_numpy(x_train)).detach().numpy()
r2 = 1 - ((predicted - y_train) ** 2).mean() / y_train.var()
print('loss %.4f, slope %.3f, r2 %.3f' % (loss.item(), model.weight.item(), r2))
