# Logistic regression by hand: autograd, but no optimizer and no module.
import torch
from sklearn.datasets import load_breast_cancer

torch.manual_seed(3)
data = load_breast_cancer()
x = torch.tensor(data.data, dtype=torch.float32)
y = torch.tensor(data.target, dtype=torch.float32)
perm = torch.randperm(len(x))
x, y = x[perm], y[perm]
x_train, y_train = x[:400], y[:400]
x_test, y_test = x[400:], y[400:]
mean, std = x_train.mean(0), x_train.std(0)
x_train = (x_train - mean) / std
x_test = (x_test - mean) / std

learning_rate = 0.05
momentum = 0.5

w = torch.zeros(x.shape[1], requires_grad=True)
b = torch.zeros(1, requires_grad=True)
vw, vb = torch.zeros_like(w), torch.zeros_like(b)

losses = []
for t in range(200):
    logits = x_train @ w + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y_train)
    loss.backward()
    with torch.no_grad():
        vw = momentum * vw + w.grad
        vb = momentum * vb + b.grad
        w -= learning_rate * vw
        b -= learning_rate * vb
        w.grad.zero_()
        b.grad.zero_()
    losses.append(loss.item())
    if t % 50 == 49:
        with torch.no_grad():
            acc = (((x_test @ w + b) > 0).float() == y_test).float().mean()
        print(t, "loss", round(loss.item(), 4), "test acc", round(acc.item(), 4))

print("smallest loss", min(losses))
