"""Is a review good or bad? Bag of words and a linear model, the settings in one dictionary."""
import logging
import random

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report, f1_score
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline

logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("reviews")

config = {
    "data": {"n_reviews": 240, "seed": 5},
    "model": {"C": 2.0, "max_iter": 300},
    "ngram_max": 2,
}

GOOD = "great lovely sturdy quick charming reliable happy warm".split()
BAD = "awful broken late flimsy noisy useless cold sad".split()
FILLER = "the a box item arrived today and it was for my house very quite".split()


def make_reviews(n_reviews, seed):
    rng = random.Random(seed)
    texts, labels = [], []
    for _ in range(n_reviews):
        label = rng.random() < 0.5
        words = rng.choices(FILLER, k=9) + rng.choices(GOOD if label else BAD, k=2)
        words += rng.choices(BAD if label else GOOD, k=1)
        rng.shuffle(words)
        texts.append(" ".join(words))
        labels.append(int(label))
    return texts, labels


def build(cfg):
    return Pipeline(
        [
            ("tfidf", TfidfVectorizer(ngram_range=(1, cfg["ngram_max"]))),
            ("clf", LogisticRegression(C=cfg["model"]["C"], max_iter=cfg["model"]["max_iter"])),
        ]
    )


def main():
    texts, labels = make_reviews(**config["data"])
    train_x, test_x, train_y, test_y = train_test_split(texts, labels, test_size=0.25, random_state=0)
    pipeline = build(config)
    scores = cross_val_score(pipeline, train_x, train_y, cv=4)
    print("cv accuracy %.3f +- %.3f" % (scores.mean(), scores.std()))
    pipeline.fit(train_x, train_y)
    predicted = pipeline.predict(test_x)
    log.info("test f1: %.3f", f1_score(test_y, predicted))
    print("test accuracy:", pipeline.score(test_x, test_y))
    print(classification_report(test_y, predicted, zero_division=0).splitlines()[0].strip())


if __name__ == "__main__":
    main()
