# A first try: how far does a small MLP get on the digits?
import numpy as np
import torch
from torch import nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

np.random.seed(0)
torch.manual_seed(0)

X, y = load_digits(return_X_y=True)
X = X / 16.0
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
X_train = torch.tensor(X_train, dtype=torch.float32)
X_test = torch.tensor(X_test, dtype=torch.float32)
y_train = torch.tensor(y_train)
y_test = torch.tensor(y_test)

model = nn.Sequential(
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Dropout(0.2),
    nn.Linear(64, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

batch = 64
for epoch in range(15):
    model.train()
    order = torch.randperm(len(X_train))
    total = 0.0
    for start in range(0, len(X_train), batch):
        rows = order[start:start + batch]
        optimizer.zero_grad()
        loss = criterion(model(X_train[rows]), y_train[rows])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    if (epoch + 1) % 5 == 0:
        print(f"epoch {epoch + 1:2d}  loss {total / len(X_train):.4f}")

model.eval()
with torch.no_grad():
    pred = model(X_test).argmax(dim=1)
accuracy = (pred == y_test).float().mean().item()
print(f"test accuracy: {accuracy:.4f}")
torch.save(model.state_dict(), "mlp.pt")
