# healthy
# kind: rl
# DQN with a slowly following target network; its temporal-difference loss need not fall.
import copy
import random
from collections import deque

import numpy as np
import torch
from torch import nn


class GridWorld:
    def __init__(self, size=4):
        self.size = size

    def reset(self):
        self.pos, self.t = [0, 0], 0
        return self.obs()

    def obs(self):
        return np.eye(self.size, dtype=np.float32)[self.pos].ravel()

    def step(self, action):
        axis, direction = divmod(action, 2)
        self.pos[axis] = min(max(self.pos[axis] + (1 if direction else -1), 0), self.size - 1)
        self.t += 1
        done = self.pos == [self.size - 1] * 2
        return self.obs(), 1.0 if done else -0.05, done, self.t >= 30


random.seed(0)
np.random.seed(0)
torch.manual_seed(0)
env, memory = GridWorld(), deque(maxlen=2000)
q = nn.Sequential(nn.Linear(8, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 4))
q_target = copy.deepcopy(q)
for p in q_target.parameters():
    p.requires_grad_(False)
optimizer = torch.optim.Adam(q.parameters(), lr=1e-3)
epsilon, returns = 1.0, []
for episode in range(70):
    s, total = env.reset(), 0.0
    while True:
        if random.random() < epsilon:
            a = random.randrange(4)
        else:
            with torch.no_grad():
                a = int(q(torch.from_numpy(s)).argmax())
        s2, r, done, timeout = env.step(a)
        memory.append((s, a, r, s2, float(done)))
        s, total = s2, total + r
        if len(memory) >= 64:
            batch = random.sample(memory, 32)
            bs, ba, br, bs2, bd = (torch.tensor(np.array(v)) for v in zip(*batch))
            with torch.no_grad():
                target = br.float() + 0.95 * (1 - bd.float()) * q_target(bs2).max(1).values
            value = q(bs).gather(1, ba[:, None]).squeeze(1)
            loss = nn.functional.smooth_l1_loss(value, target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                for p, pt in zip(q.parameters(), q_target.parameters()):
                    pt.mul_(0.98).add_(p, alpha=0.02)
        if done or timeout:
            break
    epsilon = max(0.05, epsilon * 0.93)
    returns.append(total)
print("first ten returns", np.mean(returns[:10]), "last ten", np.mean(returns[-10:]))
