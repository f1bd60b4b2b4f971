"""Programs that use torch.compile, each in its own way; prints weights and what was compiled."""

import hashlib
import json
import sys

import torch
from torch import nn
from torch._dynamo.utils import counters

STEPS = 16


def net():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 16), nn.GELU(), nn.Linear(16, 3)
    )


def data():
    torch.manual_seed(1)
    x = torch.randn(32, 8)
    return x, x[:, :3].argmax(1)


def a_module(**settings):
    plain = net()
    model, (x, y) = torch.compile(plain, **settings), data()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for step in range(STEPS):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
        if step % 8 == 7:
            with torch.no_grad():
                model(x)
    return plain


def a_whole_step():
    model, (x, y) = net(), data()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)

    @torch.compile(backend="aot_eager")
    def step(x, y):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(STEPS):
        step(x, y)
    return model


def an_encoder():
    torch.manual_seed(0)
    model = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    compiled = torch.compile(model, backend="aot_eager")
    x = torch.randn(4, 5, 8)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(STEPS):
        optimizer.zero_grad()
        compiled(x).pow(2).mean().backward()
        optimizer.step()
    with torch.no_grad():
        model.eval()
        compiled(x)
    model.train()
    model.compile(backend="aot_eager")  # leaves modules of torch's own as they are
    model(x).pow(2).mean().backward()
    return model


PARTS = {
    "inductor": a_module,
    "reduce-overhead": lambda: a_module(mode="reduce-overhead", fullgraph=True),
    "aot": lambda: a_module(backend="aot_eager", fullgraph=True),
    "step": a_whole_step,
    "encoder": an_encoder,
}

for name in sys.argv[1:]:
    torch._dynamo.reset()
    counters.clear()
    digest = hashlib.sha256()
    for parameter in PARTS[name]().parameters():
        digest.update(parameter.detach().numpy().tobytes() + parameter.grad.numpy().tobytes())
    frames, stats = counters["frames"], counters["stats"]
    compiled = {
        **frames,
        **stats,
        "breaks": sum(counters["graph_break"].values()),
    }
    print(json.dumps([name, digest.hexdigest(), compiled]))
