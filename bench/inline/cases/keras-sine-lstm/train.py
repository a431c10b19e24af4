#!/usr/bin/env python
"""Forecast a noisy sine with an LSTM."""
import argparse

import keras
import numpy as np


def windows(series, length):
    x = np.stack([series[i : i + length] for i in range(len(series) - length)])
    return x[..., None].astype("float32"), series[length:].astype("float32")


def build_model(length, units, lr):
    inputs = keras.Input(shape=(length, 1))
    hidden = keras.layers.LSTM(units)(inputs)
    outputs = keras.layers.Dense(1)(hidden)
    net = keras.Model(inputs, outputs)
    net.compile(optimizer=keras.optimizers.RMSprop(learning_rate=lr), loss="mse", metrics=["mae"])
    return net


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=8)
    parser.add_argument("--length", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--patience", type=int, default=2)
    args = parser.parse_args()

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    series = np.sin(np.arange(260) / 5) + rng.normal(0, 0.1, 260)
    x, y = windows(series, args.length)
    x_train, y_train, x_val, y_val = x[:200], y[:200], x[200:], y[200:]

    net = build_model(args.length, args.units, args.lr)
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=args.patience, restore_best_weights=True)
    history = net.fit(
        x_train,
        y_train,
        validation_data=(x_val, y_val),
        epochs=args.epochs,
        batch_size=32,
        shuffle=False,
        callbacks=[stop],
        verbose=0,
    )
    for epoch, (loss, val) in enumerate(zip(history.history["loss"], history.history["val_loss"])):
        print(f"epoch {epoch}: loss {loss:.4f} val_loss {val:.4f}")
    print("final mae: %.4f" % net.evaluate(x_val, y_val, verbose=0)[1])
    net.save("forecast.keras")


if __name__ == "__main__":
    main()
