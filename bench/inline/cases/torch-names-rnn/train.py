import random
import string

import torch
import torch.nn as nn

# Which language does a made-up word come from?  Words are drawn from two little grammars.
random.seed(4)
torch.manual_seed(4)
LETTERS = string.ascii_lowercase
VOWELS = "aeiou"
HIDDEN = 24
LR = 0.01
STEPS = 400


def word(kind):
    length = random.randint(4, 9)
    out = ""
    for i in range(length):
        if kind == 0:
            out += random.choice(VOWELS if i % 2 else LETTERS)
        else:
            out += random.choice("kzxtr" if i % 3 else VOWELS)
    return out


def encode(w):
    t = torch.zeros(len(w), 1, len(LETTERS))
    for i, c in enumerate(w):
        t[i, 0, LETTERS.index(c)] = 1
    return t


class RNN(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.gru = nn.GRU(n_in, n_hidden)
        self.out = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        _, h = self.gru(x)
        return self.out(h[0])


words = [(word(k), k) for k in [0, 1] * 150]
random.shuffle(words)
train_words, test_words = words[:240], words[240:]

rnn = RNN(len(LETTERS), HIDDEN, 2)
loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.Adam(rnn.parameters(), lr=LR, weight_decay=1e-5)


def train_one(w, k):
    opt.zero_grad()
    out = rnn(encode(w))
    loss = loss_fn(out, torch.tensor([k]))
    loss.backward()
    nn.utils.clip_grad_norm_(rnn.parameters(), 1.0)
    opt.step()
    return loss.item()


running = 0
history = []
for step in range(1, STEPS + 1):
    w, k = random.choice(train_words)
    running += train_one(w, k)
    if step % 100 == 0:
        print("step %d loss %.4f" % (step, running / 100))
        history.append(running / 100)
        running = 0

correct = 0
rnn.eval()
for w, k in test_words:
    with torch.no_grad():
        correct += int(rnn(encode(w)).argmax() == k)
print("test accuracy", correct / len(test_words))
torch.save(rnn, "rnn.pt")
