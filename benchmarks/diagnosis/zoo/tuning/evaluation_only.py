# healthy
# kind: evaluation
# Loads weights of a linear model made by scikit-learn and only evaluates: no backward, no step.
import torch
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from torch import nn

X, y = load_digits(return_X_y=True)
X = (X - X.mean()) / X.std()
fitted = MLPClassifier((32,), max_iter=25, random_state=0, tol=1e-3)
import warnings
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    fitted.fit(X[:1200], y[:1200])

model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
with torch.no_grad():
    for layer, w, b in zip((model[0], model[2]), fitted.coefs_, fitted.intercepts_):
        layer.weight.copy_(torch.tensor(w.T))
        layer.bias.copy_(torch.tensor(b))

model.eval()
correct = 0
with torch.no_grad():
    for i in range(1200, len(X), 100):
        logits = model(torch.tensor(X[i : i + 100], dtype=torch.float32))
        correct += (logits.argmax(1).numpy() == y[i : i + 100]).sum()
print("accuracy", correct / (len(X) - 1200))
