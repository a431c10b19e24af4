# %% a GAN on a ring of Gaussians
import math
import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(1)
np.random.seed(1)

latent_dim = 8
n_epochs = 3
batch_size = 128
lr = 0.0005

angles = np.random.randint(0, 8, size=2048) * 2 * math.pi / 8
points = np.stack([np.cos(angles), np.sin(angles)], axis=1) + 0.05 * np.random.randn(2048, 2)
dataset = torch.utils.data.TensorDataset(torch.tensor(points, dtype=torch.float32))
dataloader = torch.utils.data.DataLoader(dataset, batch_size=batch_size, shuffle=True)


# %%
class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(latent_dim, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 2))

    def forward(self, z):
        return self.net(z)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1), nn.Sigmoid())

    def forward(self, x):
        return self.net(x)


generator = Generator()
discriminator = Discriminator()
adversarial_loss = nn.BCELoss()
optimizer_G = torch.optim.Adam(generator.parameters(), lr=lr, betas=(0.5, 0.999))
optimizer_D = torch.optim.Adam(discriminator.parameters(), lr=lr, betas=(0.5, 0.999))

# %%
for epoch in range(n_epochs):
    for i, (real,) in enumerate(dataloader):
        valid = torch.ones(real.size(0), 1)
        fake = torch.zeros(real.size(0), 1)

        # generator
        optimizer_G.zero_grad()
        z = torch.randn(real.size(0), latent_dim)
        gen = generator(z)
        g_loss = adversarial_loss(discriminator(gen), valid)
        g_loss.backward()
        optimizer_G.step()

        # discriminator
        optimizer_D.zero_grad()
        real_loss = adversarial_loss(discriminator(real), valid)
        fake_loss = adversarial_loss(discriminator(gen.detach()), fake)
        d_loss = (real_loss + fake_loss) / 2
        d_loss.backward()
        optimizer_D.step()

    print("[Epoch %d/%d] [D loss: %f] [G loss: %f]" % (epoch, n_epochs, d_loss.item(), g_loss.item()))

with torch.no_grad():
    samples = generator(torch.randn(500, latent_dim)).numpy()
radius = np.linalg.norm(samples, axis=1)
print("mean radius", radius.mean(), "std", radius.std())
torch.save(generator.state_dict(), "generator.pt")
