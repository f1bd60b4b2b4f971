# healthy
# kind: rl
# In the manner of actor_critic.py of pytorch/examples: two heads, smooth L1 for the values, one update an episode, in a corridor with a reward at one end. Ends with: steps in the first 20 episodes: 6.9, in the last 20: 3.9
import random
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical

torch.manual_seed(7)
random.seed(7)
LENGTH, GAMMA = 9, 0.95


class Policy(nn.Module):
    """One body, two heads: what to do, and what the place is worth."""

    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(LENGTH, 32)
        self.action_head = nn.Linear(32, 2)
        self.value_head = nn.Linear(32, 1)

    def forward(self, x):
        x = F.relu(self.affine1(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


model = Policy()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
fields = torch.eye(LENGTH)
steps_taken, won = [], []

for i_episode in range(250):
    place, saved, rewards = random.randint(2, LENGTH - 3), [], []
    for t in range(40):
        probs, value = model(fields[place])
        m = Categorical(probs)
        action = m.sample()
        saved.append((m.log_prob(action), value))
        place += 1 if action.item() else -1
        rewards.append(1.0 if place == LENGTH - 1 else (-1.0 if place == 0 else -0.01))
        if place in (0, LENGTH - 1):
            break
    R, returns = 0.0, []
    for r in rewards[::-1]:
        R = r + GAMMA * R
        returns.insert(0, R)
    policy_losses, value_losses = [], []
    for (log_prob, value), R in zip(saved, returns):
        advantage = R - value.item()
        policy_losses.append(-log_prob * advantage)
        value_losses.append(F.smooth_l1_loss(value, torch.tensor([R])))
    optimizer.zero_grad()
    loss = torch.stack(policy_losses).sum() + torch.stack(value_losses).sum()
    loss.backward()
    optimizer.step()
    steps_taken.append(len(rewards))
    won.append(place == LENGTH - 1)
    if i_episode % 50 == 49:
        print("Episode %d: won %.2f, steps %.1f" % (i_episode + 1, sum(won[-50:]) / 50, sum(steps_taken[-50:]) / 50))
print("steps in the first 20 episodes: %.1f, in the last 20: %.1f" % (sum(steps_taken[:20]) / 20, sum(steps_taken[-20:]) / 20))
