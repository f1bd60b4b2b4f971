# fault: shape-broadcast
# also-fine: noisy-gradients, oscillating-loss, loss-not-decreasing, plateau-from-start, learning-rate-too-low, constant-units
# kind: rl
# A value net for a walk on 20 fields: the loss holds values (N, 1) against returns (N,), and every field is worth the same. Ends with: loss 0.133, value of field 2: -0.14, of field 17: 0.15 (repaired: loss 0.071, value of field 2: -0.60, of field 17: 0.56)
import numpy as np
import torch
import torch.nn as nn

np.random.seed(6)
torch.manual_seed(6)

N_FIELDS, GAMMA = 20, 0.95


def episode():
    """Walk at random from somewhere; field 19 pays 1 and ends it, field 0 pays -1."""
    s, states, rewards = np.random.randint(1, 19), [], []
    while 0 < s < 19:
        states.append(s)
        s += np.random.choice([-1, 1])
        rewards.append(0.0 if 0 < s < 19 else (1.0 if s == 19 else -1.0))
    G, returns = 0, []
    for r in rewards[::-1]:
        G = r + GAMMA * G
        returns.insert(0, G)
    return states, returns


value = nn.Sequential(nn.Linear(N_FIELDS, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(value.parameters(), lr=0.005)
eye = torch.eye(N_FIELDS)

running = None
for update in range(250):
    S, G = [], []
    while len(S) < 64:
        s, g = episode()
        S += s
        G += g
    states = eye[torch.tensor(S)]
    returns = torch.tensor(G, dtype=torch.float32)
    loss = (value(states) - returns).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    running = loss.item() if running is None else 0.9 * running + 0.1 * loss.item()
    if update % 50 == 0:
        print("update %d loss %.4f" % (update, running))

with torch.no_grad():
    v = value(eye).squeeze()
print("loss %.3f, value of field 2: %.2f, of field 17: %.2f" % (running, v[2], v[17]))
