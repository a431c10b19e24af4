"""An autoencoder for iris-like measurements, with a data module and command-line settings."""
from argparse import ArgumentParser

import pytorch_lightning as pl
import torch
from sklearn.datasets import load_wine
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class WineData(pl.LightningDataModule):
    def __init__(self, batch_size=16):
        super().__init__()
        self.batch_size = batch_size

    def setup(self, stage=None):
        x = torch.tensor(load_wine().data, dtype=torch.float32)
        x = (x - x.mean(0)) / x.std(0)
        parts = random_split(TensorDataset(x), [120, 30, 28], generator=torch.Generator().manual_seed(0))
        self.train_part, self.val_part, self.test_part = parts

    def train_dataloader(self):
        return DataLoader(self.train_part, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.val_part, batch_size=64)

    def test_dataloader(self):
        return DataLoader(self.test_part, batch_size=64)


class AutoEncoder(pl.LightningModule):
    def __init__(self, code_size, learning_rate):
        super().__init__()
        self.learning_rate = learning_rate
        self.encoder = nn.Sequential(nn.Linear(13, 32), nn.Tanh(), nn.Linear(32, code_size))
        self.decoder = nn.Sequential(nn.Linear(code_size, 32), nn.Tanh(), nn.Linear(32, 13))

    def forward(self, x):
        return self.decoder(self.encoder(x))

    def _step(self, batch, name):
        (x,) = batch
        loss = nn.functional.mse_loss(self(x), x)
        self.log(name, loss, on_epoch=True, on_step=False)
        return loss

    def training_step(self, batch, batch_idx):
        return self._step(batch, "train_loss")

    def validation_step(self, batch, batch_idx):
        self._step(batch, "val_loss")

    def test_step(self, batch, batch_idx):
        self._step(batch, "test_loss")

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.learning_rate, weight_decay=1e-5)


class Report(pl.Callback):
    def on_validation_epoch_end(self, trainer, module):
        if not trainer.sanity_checking:
            print(f"epoch {trainer.current_epoch}: val_loss {trainer.callback_metrics['val_loss']:.4f}")


def main():
    parser = ArgumentParser()
    parser.add_argument("--code-size", type=int, default=4)
    parser.add_argument("--learning-rate", type=float, default=1e-2)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--max-epochs", type=int, default=10)
    args = parser.parse_args()
    pl.seed_everything(1, workers=True)
    data = WineData(args.batch_size)
    model = AutoEncoder(args.code_size, args.learning_rate)
    trainer = pl.Trainer(
        max_epochs=args.max_epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[Report()],
    )
    trainer.fit(model, datamodule=data)
    results = trainer.test(model, datamodule=data, verbose=False)
    print("test_loss:", round(results[0]["test_loss"], 4))


if __name__ == "__main__":
    main()
