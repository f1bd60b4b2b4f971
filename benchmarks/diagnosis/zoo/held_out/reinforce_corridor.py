# healthy
# kind: rl
# REINFORCE in a corridor: the policy loss goes up and down while the return grows.
import numpy as np
import torch
import torch.nn as nn
from torch.distributions import Categorical


class Corridor:
    """Walk from the middle to the right end; the left end costs."""

    def __init__(self, length=9):
        self.length = length

    def reset(self):
        self.position, self.time = self.length // 2, 0
        return self._state()

    def _state(self):
        return np.eye(self.length, dtype=np.float32)[self.position]

    def step(self, action):
        self.position += 1 if action == 1 else -1
        self.time += 1
        if self.position == self.length - 1:
            return self._state(), 1.0, True
        if self.position == 0:
            return self._state(), -1.0, True
        return self._state(), -0.02, self.time >= 40


torch.manual_seed(1)
env = Corridor()
policy = nn.Sequential(nn.Linear(9, 32), nn.Tanh(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(policy.parameters(), lr=5e-3)
gamma, history = 0.98, []

for update in range(150):
    log_probs, returns, totals = [], [], []
    for _ in range(4):
        state, done, rewards = env.reset(), False, []
        while not done:
            dist = Categorical(logits=policy(torch.from_numpy(state)))
            action = dist.sample()
            log_probs.append(dist.log_prob(action))
            state, reward, done = env.step(action.item())
            rewards.append(reward)
        g, episode = 0.0, []
        for r in reversed(rewards):
            g = r + gamma * g
            episode.insert(0, g)
        returns += episode
        totals.append(sum(rewards))
    returns = torch.tensor(returns)
    advantage = returns - returns.mean()
    loss = -(torch.stack(log_probs) * advantage).sum() / 4
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(np.mean(totals))
    if update % 30 == 0:
        print(update, "loss", round(loss.item(), 3), "return", np.mean(history[-20:]).round(3))
print("return", np.mean(history[-20:]))
