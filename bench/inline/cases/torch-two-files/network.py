import torch
from sklearn.datasets import load_diabetes
from torch import nn
from torch.utils.data import TensorDataset, random_split


class Regressor(nn.Module):
    def __init__(self, n_features=10, hidden=32, dropout=0.1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(n_features, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, hidden), nn.ReLU()
        )
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.head(self.body(x)).squeeze(-1)


def load_parts(seed):
    x, y = load_diabetes(return_X_y=True)
    x = torch.tensor(x, dtype=torch.float32)
    y = torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
    generator = torch.Generator().manual_seed(seed)
    return random_split(TensorDataset(x, y), [300, 71, 71], generator=generator)
