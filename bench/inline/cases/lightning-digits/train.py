import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class LitDigits(pl.LightningModule):
    def __init__(self, hidden=64, lr=1e-3, dropout=0.2):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 10))

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.cross_entropy(self(x), y)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        self.log("val_loss", F.cross_entropy(logits, y))
        self.log("val_acc", (logits.argmax(1) == y).float().mean())

    def test_step(self, batch, batch_idx):
        x, y = batch
        self.log("test_acc", (self(x).argmax(1) == y).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


def tensors(X, y):
    return TensorDataset(torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y))


pl.seed_everything(5)
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=5)
X_train, X_val, y_train, y_val = train_test_split(X_train, y_train, test_size=0.2, random_state=5)
train_loader = DataLoader(tensors(X_train, y_train), batch_size=64, shuffle=True)
val_loader = DataLoader(tensors(X_val, y_val), batch_size=256)
test_loader = DataLoader(tensors(X_test, y_test), batch_size=256)

model = LitDigits(hidden=64, lr=2e-3, dropout=0.2)
trainer = pl.Trainer(max_epochs=4, accelerator="cpu", logger=False, enable_checkpointing=False,
                     enable_progress_bar=False, enable_model_summary=False)
trainer.fit(model, train_loader, val_loader)
print("val_loss: %.4f" % trainer.callback_metrics["val_loss"].item())
print("val_acc: %.4f" % trainer.callback_metrics["val_acc"].item())
result = trainer.test(model, test_loader, verbose=False)[0]
print("test_acc: %.4f" % result["test_acc"])
trainer.save_checkpoint("digits.ckpt")
