# healthy
# kind: gan
# A small DCGAN: transposed convolutions, batch norm, LeakyReLU, tanh and BCE, both losses swinging as they should. Ends with: D(x) 0.50, D(G(z)) 0.47, mean picture off by 0.14
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(999)
nz, ngf, ndf = 16, 16, 16
real_images = torch.tensor(load_digits().images, dtype=torch.float32)[:, None] / 8 - 1
loader = torch.utils.data.DataLoader(real_images, batch_size=64, shuffle=True, drop_last=True)


def weights_init(m):
    if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(m.weight, 0.0, 0.02)
    elif isinstance(m, nn.BatchNorm2d):
        nn.init.normal_(m.weight, 1.0, 0.02)
        nn.init.zeros_(m.bias)


netG = nn.Sequential(
    nn.ConvTranspose2d(nz, ngf * 2, 4, 1, 0, bias=False), nn.BatchNorm2d(ngf * 2), nn.ReLU(True),
    nn.ConvTranspose2d(ngf * 2, ngf, 3, 1, 1, bias=False), nn.BatchNorm2d(ngf), nn.ReLU(True),
    nn.ConvTranspose2d(ngf, 1, 4, 2, 1, bias=False), nn.Tanh(),
)
netD = nn.Sequential(
    nn.Conv2d(1, ndf, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
    nn.Conv2d(ndf, ndf * 2, 3, 1, 1, bias=False), nn.BatchNorm2d(ndf * 2), nn.LeakyReLU(0.2, inplace=True),
    nn.Conv2d(ndf * 2, 1, 4, 1, 0, bias=False), nn.Sigmoid(), nn.Flatten(0),
)
netG.apply(weights_init)
netD.apply(weights_init)
criterion = nn.BCELoss()
optD = torch.optim.Adam(netD.parameters(), lr=0.0002, betas=(0.5, 0.999))
optG = torch.optim.Adam(netG.parameters(), lr=0.001, betas=(0.5, 0.999))

for epoch in range(10):
    for i, real in enumerate(loader):
        n = real.size(0)
        netD.zero_grad()
        out = netD(real)
        errD_real = criterion(out, torch.full((n,), 1.0))
        errD_real.backward()
        fake = netG(torch.randn(n, nz, 1, 1))
        errD_fake = criterion(netD(fake.detach()), torch.full((n,), 0.0))
        errD_fake.backward()
        optD.step()

        netG.zero_grad()
        verdict = netD(fake)
        errG = criterion(verdict, torch.full((n,), 1.0))
        errG.backward()
        optG.step()
    print('[%d] Loss_D: %.4f Loss_G: %.4f D(x): %.3f D(G(z)): %.3f' % (epoch, errD_real + errD_fake, errG, out.mean(), verdict.mean()))

with torch.no_grad():
    samples = netG(torch.randn(300, nz, 1, 1))
gap = (samples.mean(0) - real_images.mean(0)).abs().mean()
print('D(x) %.2f, D(G(z)) %.2f, mean picture off by %.2f' % (out.mean(), verdict.mean(), gap))
