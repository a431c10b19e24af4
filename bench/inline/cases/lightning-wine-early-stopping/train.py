import argparse
import warnings

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale
from torch.utils.data import DataLoader, TensorDataset, random_split

warnings.filterwarnings("ignore")


class WineNet(pl.LightningModule):
    def __init__(self, hidden: int, learning_rate: float):
        super().__init__()
        self.learning_rate = learning_rate
        self.net = torch.nn.Sequential(
            torch.nn.Linear(13, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, 3)
        )

    def forward(self, x):
        return self.net(x)

    def _step(self, batch):
        x, y = batch
        logits = self(x)
        return F.cross_entropy(logits, y), (logits.argmax(1) == y).float().mean()

    def training_step(self, batch, _):
        loss, acc = self._step(batch)
        self.log("train_acc", acc)
        return loss

    def validation_step(self, batch, _):
        loss, acc = self._step(batch)
        self.log_dict({"val_loss": loss, "val_acc": acc})

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.learning_rate, momentum=0.9)


def get_loaders(batch_size):
    x, y = load_wine(return_X_y=True)
    data = TensorDataset(torch.tensor(scale(x), dtype=torch.float32), torch.tensor(y))
    train, val = random_split(data, [140, 38])
    return DataLoader(train, batch_size=batch_size), DataLoader(val, batch_size=batch_size)


def main(args):
    pl.seed_everything(args.seed)
    train_loader, val_loader = get_loaders(args.batch_size)
    model = WineNet(args.hidden, args.learning_rate)
    stopping = EarlyStopping("val_loss", patience=args.patience)
    checkpoint = ModelCheckpoint(dirpath="checkpoints", monitor="val_loss")
    trainer = pl.Trainer(
        max_epochs=args.max_epochs,
        accelerator="cpu",
        callbacks=[stopping, checkpoint],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, train_loader, val_loader)
    result = trainer.validate(model, val_loader, verbose=False)[0]
    print(f"stopped after epoch {trainer.current_epoch}")
    print(f"val loss {result['val_loss']:.4f}, val acc {result['val_acc']:.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, default=12)
    parser.add_argument("--learning-rate", type=float, default=0.05)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--max-epochs", type=int, default=6)
    parser.add_argument("--patience", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    main(parser.parse_args())
