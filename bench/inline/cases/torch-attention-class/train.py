import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset, random_split


class Config:
    d_model = 16
    heads = 2
    dropout = 0.1
    lr = 2e-3
    batch_size = 50
    epochs = 4
    seed = 11


class Block(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.attention = nn.MultiheadAttention(cfg.d_model, cfg.heads, dropout=cfg.dropout, batch_first=True)
        self.norm1 = nn.LayerNorm(cfg.d_model)
        self.ff = nn.Sequential(nn.Linear(cfg.d_model, 2 * cfg.d_model), nn.GELU(), nn.Linear(2 * cfg.d_model, cfg.d_model))
        self.norm2 = nn.LayerNorm(cfg.d_model)

    def forward(self, x):
        h, _ = self.attention(x, x, x, need_weights=False)
        x = self.norm1(x + h)
        return self.norm2(x + self.ff(x))


class Sorter(nn.Module):
    """Says which of the numbers is the largest."""

    def __init__(self, cfg):
        super().__init__()
        self.embed = nn.Linear(1, cfg.d_model)
        self.blocks = nn.ModuleList([Block(cfg) for _ in range(2)])
        self.head = nn.Linear(cfg.d_model, 1)

    def forward(self, x):
        x = self.embed(x.unsqueeze(-1))
        for block in self.blocks:
            x = block(x)
        return self.head(x).squeeze(-1)


class Trainer:
    def __init__(self, model, cfg):
        self.model = model
        self.cfg = cfg
        self.optimizer = optim.AdamW(model.parameters(), lr=cfg.lr)
        self.loss_fn = nn.CrossEntropyLoss()

    def train_epoch(self, loader):
        self.model.train()
        total = 0
        for x, y in loader:
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(loader)

    @torch.no_grad()
    def evaluate(self, loader):
        self.model.eval()
        hits = sum((self.model(x).argmax(1) == y).sum().item() for x, y in loader)
        return hits / len(loader.dataset)

    def fit(self, train_loader, valid_loader):
        for epoch in range(self.cfg.epochs):
            loss = self.train_epoch(train_loader)
            acc = self.evaluate(valid_loader)
            print(f"epoch={epoch} loss={loss:.4f} valid_acc={acc:.4f}")


cfg = Config()
torch.manual_seed(cfg.seed)
x = torch.rand(1200, 6)
data = TensorDataset(x, x.argmax(dim=1))
train_data, valid_data, test_data = random_split(data, [800, 200, 200])
train_loader = DataLoader(train_data, batch_size=cfg.batch_size, shuffle=True)
valid_loader = DataLoader(valid_data, batch_size=200)
test_loader = DataLoader(test_data, batch_size=200)

trainer = Trainer(Sorter(cfg), cfg)
trainer.fit(train_loader, valid_loader)
print("test accuracy:", trainer.evaluate(test_loader))
torch.save(trainer.model.state_dict(), "sorter.pt")
