import argparse
import io
from pathlib import Path

import git
import torch
from torch import nn


def snapshot(repo, message):
    repo.git.add(A=True)
    commit = repo.index.commit(message)
    return commit


def train(model, epochs, lr):
    torch.manual_seed(0)
    x = torch.linspace(-2, 2, 64).unsqueeze(1)
    y = torch.sin(2 * x)
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        opt.step()
    return loss.item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--folder", default="experiments")
    args = parser.parse_args()

    folder = Path(args.folder)
    (folder / "weights").mkdir(parents=True, exist_ok=True)
    repo = git.Repo.init(folder)
    with repo.config_writer() as config:
        config.set_value("user", "name", "someone")
        config.set_value("user", "email", "someone@example.org")

    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
    torch.save(model.state_dict(), folder / "weights" / "net.pt")
    (folder / "notes.txt").write_text("untrained\n")
    first = snapshot(repo, "untrained")

    wide = repo.create_head("high-lr")
    wide.checkout()
    loss = train(model, args.epochs, 0.05)
    torch.save(model.state_dict(), folder / "weights" / "net.pt")
    (folder / "notes.txt").write_text("lr 0.05\n")
    second = snapshot(repo, "trained with lr 0.05")
    print("loss", round(loss, 5))

    repo.heads[0].checkout()
    names = sorted(head.name for head in repo.heads)
    print("branches:", names)
    repo.git.checkout(first.hexsha)
    model.load_state_dict(torch.load(folder / "weights" / "net.pt"))
    print((folder / "notes.txt").read_text().strip(), float(model[0].weight.sum()))

    blob = (second.tree / "weights/net.pt").data_stream.read()
    state = torch.load(io.BytesIO(blob))
    print("from the commit:", float(state["0.weight"].sum()))


if __name__ == "__main__":
    main()
