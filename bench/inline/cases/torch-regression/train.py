"""Train a small net."""
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

EPOCHS = 3
lr = 1e-2


class Net(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, x):
        return self.layers(x)


def evaluate(model, loader):
    model.eval()
    total = 0.0
    with torch.no_grad():
        for x, y in loader:
            total += nn.functional.mse_loss(model(x), y).item()
    return total / len(loader)


def main():
    torch.manual_seed(0)
    x = torch.randn(200, 4)
    y = x.sum(1, keepdim=True)
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    model = Net()
    optimizer = optim.Adam(model.parameters(), lr=lr, weight_decay=1e-4)
    for epoch in range(EPOCHS):
        model.train()
        running = 0.0
        for i, (xb, yb) in enumerate(loader):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(xb), yb)
            loss.backward()
            optimizer.step()
            running += loss.item()
            if i % 3 == 0:
                print("  batch %d loss %.3f" % (i, loss.item()))
        print(f"Epoch {epoch + 1}/{EPOCHS} train loss {running / len(loader):.4f} val loss {evaluate(model, loader):.4f}")
    torch.save(model.state_dict(), "net.pt")


if __name__ == "__main__":
    main()
