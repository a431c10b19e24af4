#!/usr/bin/env python3
"""Regression on the diabetes data with early stopping; the net is in network.py."""
import argparse
import logging
import sys

import torch
from torch.utils.data import DataLoader

from network import Regressor, load_parts

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
logger = logging.getLogger(__name__)


def run_epoch(model, loader, loss_fn, optimizer=None):
    training = optimizer is not None
    model.train(training)
    total, n = 0.0, 0
    with torch.set_grad_enabled(training):
        for xb, yb in loader:
            loss = loss_fn(model(xb), yb)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(xb)
            n += len(xb)
    return total / n


def main(cfg):
    torch.manual_seed(cfg.seed)
    train_ds, val_ds, test_ds = load_parts(cfg.seed)
    train_dl = DataLoader(train_ds, cfg.batch_size, shuffle=True)
    val_dl = DataLoader(val_ds, 64)
    test_dl = DataLoader(test_ds, 64)

    model = Regressor(hidden=cfg.hidden, dropout=cfg.dropout)
    loss_fn = torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr, weight_decay=cfg.weight_decay)

    best, patience = float("inf"), cfg.patience
    for epoch in range(cfg.epochs):
        train_loss = run_epoch(model, train_dl, loss_fn, optimizer)
        val_loss = run_epoch(model, val_dl, loss_fn)
        logger.info("epoch %d train_loss %.4f val_loss %.4f", epoch, train_loss, val_loss)
        if val_loss < best:
            best, patience = val_loss, cfg.patience
            torch.save(model.state_dict(), "best.pt")
        else:
            patience -= 1
            if patience == 0:
                logger.info("stopping early")
                break

    model.load_state_dict(torch.load("best.pt"))
    test_loss = run_epoch(model, test_dl, loss_fn)
    logger.info("test_loss %.4f", test_loss)


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--lr", type=float, default=3e-3)
    p.add_argument("--weight_decay", type=float, default=0.0)
    p.add_argument("--batch_size", type=int, default=32)
    p.add_argument("--hidden", type=int, default=32)
    p.add_argument("--dropout", type=float, default=0.1)
    p.add_argument("--epochs", type=int, default=12)
    p.add_argument("--patience", type=int, default=3)
    p.add_argument("--seed", type=int, default=0)
    main(p.parse_args())
