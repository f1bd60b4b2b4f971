"""Two ranks on gloo: DistributedDataParallel, FSDP2, tensor parallel; rank 0 leaves the truth."""

import hashlib
import json
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.nn.parallel import DistributedDataParallel

STEPS = 12


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 3)
        with torch.no_grad():
            self.fc1.bias[:4] -= 50
        self.open = torch.zeros(10, dtype=torch.long)
        self.counts = True

    def forward(self, x):
        z = self.fc1(x)
        if self.counts:
            with torch.no_grad():
                self.open += (z > 0).sum(0)
        return self.fc2(self.act(z))


def train(model, optimizer, x, y):
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def summed(values):
    dist.all_reduce(values)
    return values.tolist()


def digest(model):
    held = hashlib.sha256()
    for parameter in model.parameters():
        for values in (parameter, parameter.grad):
            local = values.to_local() if hasattr(values, "to_local") else values
            held.update(local.detach().numpy().tobytes())
    return held.hexdigest()


def norms(model):
    with torch.no_grad():
        whole = {
            name: getattr(p, "full_tensor", lambda p=p: p)() for name, p in model.named_parameters()
        }
    return {name: values.double().norm().item() for name, values in whole.items()}


dist.init_process_group("gloo")
rank = dist.get_rank()
torch.manual_seed(0)
replica, sharded, split = Net(), Net(), Net()
torch.manual_seed(10 + rank)
x = torch.randn(16 + 8 * rank, 6)
y = x[:, :3].argmax(1)

copies = DistributedDataParallel(replica)
optimizer = torch.optim.SGD(copies.parameters(), lr=0.1)
losses = train(copies, optimizer, x, y)

fully_shard(sharded, mesh=init_device_mesh("cpu", (2,)))
shards = torch.optim.AdamW(sharded.parameters(), lr=0.01)
train(sharded, shards, x, y)
before = norms(sharded)
train(sharded, shards, x, y)  # the figures of the last step are of the weights before it

split.counts = False  # each rank has five of the ten units
plan = {"fc1": ColwiseParallel(), "fc2": RowwiseParallel()}
split = parallelize_module(split, init_device_mesh("cpu", (2,)), plan)
torch.manual_seed(5)
x = torch.randn(8, 6)  # the same on both
train(split, torch.optim.Adagrad(split.parameters(), lr=0.01), x, x[:, :3].argmax(1))

# in one write: the lines of two ranks are not to be mixed
print(f"{rank} {digest(replica)} {digest(sharded)} {digest(split)}\n", end="", flush=True)
open_units = [summed(replica.open), summed(sharded.open)]
losses = summed(torch.tensor(losses, dtype=torch.float64))
if rank == 0:
    truth = {"open": open_units, "losses": losses, "norms": norms(replica), "before": before}
    Path("truth.json").write_text(json.dumps(truth))
dist.destroy_process_group()
