# healthy
# kind: mlp
# Distillation: log_softmax of the student and softmax of the teacher into kl_div.
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn


def mlp(*sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def distillation_loss(student_logits, teacher_logits, labels, T=4.0, alpha=0.7):
    soft = F.kl_div(F.log_softmax(student_logits / T, dim=1), F.softmax(teacher_logits / T, dim=1), reduction="batchmean")
    return alpha * T * T * soft + (1 - alpha) * F.cross_entropy(student_logits, labels)


torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16).float(), torch.tensor(y)

teacher, student = mlp(64, 128, 10), mlp(64, 24, 10)
opt = torch.optim.Adam(teacher.parameters(), lr=1e-3)
for epoch in range(8):
    for i in torch.randperm(len(x)).split(64):
        opt.zero_grad()
        F.cross_entropy(teacher(x[i]), y[i]).backward()
        opt.step()

teacher.eval()
opt = torch.optim.Adam(student.parameters(), lr=2e-3)
for epoch in range(8):
    for i in torch.randperm(len(x)).split(64):
        with torch.no_grad():
            target = teacher(x[i])
        loss = distillation_loss(student(x[i]), target, y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
print("teacher", (teacher(x).argmax(1) == y).float().mean().item())
print("student", (student(x).argmax(1) == y).float().mean().item())
