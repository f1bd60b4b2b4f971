# healthy
# kind: graph
# Two-layer graph convolution on a neighbour graph of the iris flowers, 30 labels, full batch.
import torch
from sklearn.datasets import load_iris
from sklearn.neighbors import kneighbors_graph
from torch import nn

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
A = kneighbors_graph(X, 6, include_self=True).toarray()
A = torch.tensor((A + A.T) > 0).float()
d = A.sum(1).rsqrt()
A_hat = d[:, None] * A * d[None]
X, y = torch.tensor(X).float(), torch.tensor(y)


class GraphConvolution(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, adj):
        return adj @ (x @ self.weight) + self.bias


class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.gc1 = GraphConvolution(4, 16)
        self.gc2 = GraphConvolution(16, 3)

    def forward(self, x, adj):
        x = torch.relu(self.gc1(x, adj))
        x = nn.functional.dropout(x, 0.2, self.training)
        return nn.functional.log_softmax(self.gc2(x, adj), dim=1)


known = torch.randperm(150)[:30]
model = GCN()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
for epoch in range(150):
    model.train()
    optimizer.zero_grad()
    loss = nn.functional.nll_loss(model(X, A_hat)[known], y[known])
    loss.backward()
    optimizer.step()
    if epoch % 30 == 0:
        print(epoch, loss.item())
model.eval()
print("accuracy", (model(X, A_hat).argmax(1) == y).float().mean().item())
