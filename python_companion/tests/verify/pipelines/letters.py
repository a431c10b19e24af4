"""Features of texts: words, characters, what occurs in them."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_WORDS = ("loan", "Fee", "card", "please", "help", "RATE", "thanks", "bank", "urgent", "money")
_LETTERS = "".join(
    f"{i}\t{_WORDS[i % 10].title()} {_WORDS[(i * 3 + 1) % 10]}\t"
    f"{' '.join(_WORDS[(i * k + k) % 10] for k in range(1, 4 + i % 6))}{'!' if i % 4 == 0 else ''}\n"
    for i in range(90)
)

LETTERS = Pipeline(
    name="letters",
    files={"letters.tsv": _LETTERS},
    stages={"prepare": "letters", "encode": "X"},
    columns=["number", "subject", "text"],
    original="""
import numpy as np
WORDS = ["fee", "card", "loan"]
letters = []
for line in open("letters.tsv"):
    number, subject, text = line.rstrip("\\n").split("\\t")
    text = text.replace("!", " ").lower()
    if "help" not in text:
        continue
    letters.append((int(number), subject[:8], text))
X = np.zeros((len(letters), len(WORDS) + 4))
for i, (number, subject, text) in enumerate(letters):
    tokens = text.split()
    for t in tokens:
        if t in WORDS:
            X[i, WORDS.index(t)] += 1
    X[i, 3] = len(tokens)
    X[i, 4] = len(text)
    X[i, 5] = subject.count("e")
    X[i, 6] = tokens[-1] == "money" if tokens else 0
""",
    right="""
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
WORDS = ["fee", "card", "loan"]
letters = []
with open("letters.tsv") as file:
    for line in file:
        number, subject, text = line.removesuffix("\\n").split("\\t")
        text = text.replace("!", " ").lower()
        if "help" in text:
            letters.append((int(number), subject[:8], text))
counts = [[text.split().count(word) for word in WORDS] for _, _, text in letters]
others = [
    [len(text.split()), len(text), subject.count("e"), float(text.split()[-1:] == ["money"])]
    for _, subject, text in letters
]
X = np.hstack([np.array(counts, dtype=float).reshape(-1, 3), np.array(others, dtype=float).reshape(-1, 4)])
""",
    wrong={
        "words by spaces": (("[len(text.split()), ", '[len(text.split(" ")), '),),
        "characters for words": (("[len(text.split()), len(text)", "[len(text), len(text)"),),
        "stripped length": (("len(text), subject", "len(text.strip()), subject"),),
        "occurrences in the text": (("text.split().count(word)", "text.count(word)"),),
        "present or not": (("text.split().count(word)", "float(word in text.split())"),),
        "one sign replaced": (('text.replace("!", " ")', 'text.replace("!", " ", 1)'),),
        "sign removed": (('text.replace("!", " ")', 'text.replace("!", "")'),),
        "filter before lower case": (('        text = text.replace("!", " ").lower()\n        if "help" in text:', '        raw = text\n        text = text.replace("!", " ").lower()\n        if "help" in raw:'),),
        "filter on words": (('if "help" in text:', 'if "help" in text.split():'),),
        "subject of nine": (("subject[:8]", "subject[:9]"),),
        "both cases counted": (('subject.count("e")', 'subject.lower().count("e")'),),
        "ends with": (('text.split()[-1:] == ["money"]', 'text.endswith("money")'),),
        "first word": (("text.split()[-1:]", "text.split()[:1]"),),
        "stripped line": (('line.removesuffix("\\n")', "line.strip()"),),
    },
)  # fmt: skip
