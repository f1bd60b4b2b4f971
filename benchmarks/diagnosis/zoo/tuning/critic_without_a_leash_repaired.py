# healthy
# repairs: critic_without_a_leash
# kind: gan
# The same with clipped weights and a slower critic.
import torch
from torch import nn

torch.manual_seed(0)


def real_batch(n=64):
    mode = torch.randint(0, 2, (n, 1)) * 4.0 - 2.0
    return torch.cat([mode, torch.zeros(n, 1)], dim=1) + 0.2 * torch.randn(n, 2)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))

    def forward(self, x):
        return self.net(x)


generator = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 2))
critic = Critic()
opt_g = torch.optim.RMSprop(generator.parameters(), lr=5e-4)
opt_c = torch.optim.RMSprop(critic.parameters(), lr=5e-4)
CLIP = 0.1

for step in range(120):
    for _ in range(4):
        fake = generator(torch.randn(64, 4)).detach()
        loss_c = critic(fake).mean() - critic(real_batch()).mean()
        opt_c.zero_grad()
        loss_c.backward()
        opt_c.step()
        if CLIP is not None:
            for p in critic.parameters():
                p.data.clamp_(-CLIP, CLIP)
    loss_g = -critic(generator(torch.randn(64, 4))).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    if step % 20 == 0:
        print(step, "critic", loss_c.item(), "generator", loss_g.item())
print("norm of the critic's weights", sum(p.norm() ** 2 for p in critic.parameters()).sqrt().item())
