"""Own model class and own epochs around train_on_batch, progress with tqdm."""
from dataclasses import dataclass

import keras
import numpy as np
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm


@dataclass
class Config:
    hidden: int = 16
    learning_rate: float = 0.01
    epochs: int = 3
    batch_size: int = 32
    seed: int = 0


class Classifier(keras.Model):
    def __init__(self, hidden, classes=3):
        super().__init__()
        self.body = keras.layers.Dense(hidden, activation="relu")
        self.head = keras.layers.Dense(classes, activation="softmax")

    def call(self, x):
        return self.head(self.body(x))


def batches(x, y, size):
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


if __name__ == "__main__":
    cfg = Config()
    keras.utils.set_random_seed(cfg.seed)
    x, y = load_wine(return_X_y=True)
    x = StandardScaler().fit_transform(x).astype("float32")
    order = np.random.default_rng(cfg.seed).permutation(len(x))
    x, y = x[order], y[order]

    model = Classifier(hidden=cfg.hidden)
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=cfg.learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    for epoch in tqdm(range(cfg.epochs)):
        losses = []
        for xb, yb in batches(x, y, cfg.batch_size):
            losses.append(float(model.train_on_batch(xb, yb)))
        predicted = np.argmax(np.asarray(model.predict_on_batch(x)), axis=1)
        acc = float((predicted == y).mean())
        print(f"epoch {epoch} | loss {np.mean(losses):.4f} | acc {acc:.3f}")
