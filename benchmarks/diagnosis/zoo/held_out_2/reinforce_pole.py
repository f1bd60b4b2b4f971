# healthy
# kind: rl
# In the manner of reinforce.py of pytorch/examples: a policy gradient on a cart with a pole, simulated here; its "loss" means little, the episodes grow longer. Ends with: first 20 episodes: 20.8 steps, last 20: 122.7
import math
import random
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Categorical

torch.manual_seed(543)
random.seed(543)


class CartPole:
    def reset(self):
        self.state = [random.uniform(-0.05, 0.05) for _ in range(4)]
        return self.state

    def step(self, action):
        x, v, a, w = self.state
        force = 10.0 if action == 1 else -10.0
        temp = (force + 0.05 * w * w * math.sin(a)) / 1.1
        acc_a = (9.8 * math.sin(a) - math.cos(a) * temp) / (0.5 * (4 / 3 - 0.1 * math.cos(a) ** 2 / 1.1))
        acc_x = temp - 0.05 * acc_a * math.cos(a) / 1.1
        self.state = [x + 0.02 * v, v + 0.02 * acc_x, a + 0.02 * w, w + 0.02 * acc_a]
        return self.state, 1.0, abs(self.state[0]) > 2.4 or abs(self.state[2]) > 0.21


class Policy(nn.Module):
    def __init__(self):
        super(Policy, self).__init__()
        self.affine1 = nn.Linear(4, 64)
        self.dropout = nn.Dropout(p=0.3)
        self.affine2 = nn.Linear(64, 2)

    def forward(self, x):
        x = F.relu(self.dropout(self.affine1(x)))
        return F.softmax(self.affine2(x), dim=1)


env, policy = CartPole(), Policy()
optimizer = optim.Adam(policy.parameters(), lr=1e-2)
lengths = []
for i_episode in range(120):
    state, log_probs, rewards = env.reset(), [], []
    for t in range(200):
        m = Categorical(policy(torch.tensor([state])))
        action = m.sample()
        log_probs.append(m.log_prob(action))
        state, reward, done = env.step(action.item())
        rewards.append(reward)
        if done:
            break
    R, returns = 0, []
    for r in rewards[::-1]:
        R = r + 0.99 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-6)
    optimizer.zero_grad()
    policy_loss = torch.cat([-lp * G for lp, G in zip(log_probs, [g for g in returns[:, None]])]).sum()
    policy_loss.backward()
    optimizer.step()
    lengths.append(len(rewards))
    if i_episode % 20 == 19:
        print('Episode {}\tAverage length: {:.2f}'.format(i_episode + 1, sum(lengths[-20:]) / 20))
print('first 20 episodes: %.1f steps, last 20: %.1f' % (sum(lengths[:20]) / 20, sum(lengths[-20:]) / 20))
