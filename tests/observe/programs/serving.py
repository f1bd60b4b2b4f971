"""A server: a thread answers requests with a model in evaluation; nothing is trained."""

import queue
import threading

import torch
from torch import nn

model = nn.Sequential(
    nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 16), nn.Hardswish(), nn.Linear(16, 2)
)
model.eval()
requests, answers = queue.Queue(), queue.Queue()


@torch.inference_mode()
def serve():
    while (x := requests.get()) is not None:
        answers.put(model(x).softmax(-1).clone())


server = threading.Thread(target=serve)
server.start()
given = [torch.randn(3, 4) for _ in range(20)]
for x in given:
    requests.put(x)
result = [answers.get() for _ in given]
requests.put(None)
server.join()
