"""Squeeze the digits through a bottleneck, with Lightning."""
import logging
import warnings

import numpy as np
import pytorch_lightning as pl
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


class AutoEncoder(pl.LightningModule):
    def __init__(self, bottleneck=6, lr=5e-3):
        super().__init__()
        self.save_hyperparameters()
        self.encoder = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, bottleneck))
        self.decoder = nn.Sequential(nn.Linear(bottleneck, 24), nn.ReLU(), nn.Linear(24, 64))

    def forward(self, x):
        return self.decoder(self.encoder(x))

    def training_step(self, batch, batch_idx):
        (x,) = batch
        loss = nn.functional.mse_loss(self(x), x)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, batch_idx):
        (x,) = batch
        self.log("val_loss", nn.functional.mse_loss(self(x), x))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


pl.seed_everything(0)
data = torch.tensor(load_digits().data, dtype=torch.float32) / 16
train_loader = DataLoader(TensorDataset(data[:1200]), batch_size=128, shuffle=True)
val_loader = DataLoader(TensorDataset(data[1200:]), batch_size=128)

model = AutoEncoder(bottleneck=8, lr=1e-2)
trainer = pl.Trainer(
    max_epochs=3,
    accelerator="cpu",
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
)
trainer.fit(model, train_loader, val_loader)
print("reconstruction loss: %.4f" % trainer.callback_metrics["val_loss"].item())
