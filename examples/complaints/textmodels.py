"""Two small text models that need no download and give the same answer on every machine.

They stand in for a hosted sentiment model and a sentence encoder: real work per call (a few tenths of
a millisecond), so that calling them again for unchanged texts is worth avoiding.
"""

import re
from zlib import crc32

import numpy as np

DIMENSIONS = 768

_NEGATIVE = {
    "angry", "awful", "disappointed", "unacceptable", "refused", "scandal", "terrible", "wrong", "worst",
    "ärgerlich", "enttäuscht", "falsch", "inakzeptabel", "katastrophe", "schlecht", "unverschämt", "verweigert",
    "catastrophe", "déçu", "erreur", "furieux", "honteux", "inacceptable", "mauvais", "refusé",
}  # fmt: skip
_POSITIVE = {
    "excellent", "friendly", "grateful", "great", "helpful", "perfect", "pleased", "quick", "thanks",
    "danke", "dankbar", "freundlich", "hervorragend", "hilfreich", "perfekt", "schnell", "zufrieden",
    "aimable", "content", "merci", "parfait", "rapide", "ravi", "utile", "formidable",
}  # fmt: skip
_NEGATIONS = {"not", "never", "no", "nicht", "kein", "nie", "pas", "jamais", "aucun"}
_WORD = re.compile(r"\w+")


def _trigrams(word):
    padded = f"<{word}>"
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


_NEGATIVE_GRAMS = [_trigrams(word) for word in sorted(_NEGATIVE)]
_POSITIVE_GRAMS = [_trigrams(word) for word in sorted(_POSITIVE)]


def _resemblance(word, lexicon):
    """Largest share of trigrams that a word has in common with any word of a lexicon."""
    grams = _trigrams(word)
    return max(2 * len(grams & known) / (len(grams) + len(known)) for known in lexicon)


def sentiment(text):
    """Say whether a text is "negative", "neutral" or "positive"."""
    score = 0.0
    flip = 1.0
    for word in _WORD.findall(text.lower()):
        if word in _NEGATIONS:
            flip = -1.0
            continue
        if word in _POSITIVE:
            score += flip
        elif word in _NEGATIVE:
            score -= flip
        else:
            score += (
                0.1
                * flip
                * (_resemblance(word, _POSITIVE_GRAMS) - _resemblance(word, _NEGATIVE_GRAMS))
            )
        flip = 1.0
    if score <= -0.5:
        return "negative"
    return "positive" if score >= 0.5 else "neutral"


def embed(text):
    """Embed a text as 768 float64 numbers of unit norm (all zero for an empty text).

    Character n-grams of two to six letters are hashed and each is scattered, with a sign, over
    several dimensions. The sums are small integers, so the result is the same to the last bit anywhere.
    """
    padded = f" {text} " if text else ""
    grams = [padded[i : i + size] for size in range(2, 7) for i in range(len(padded) - size + 1)]
    if not grams:
        return np.zeros(DIMENSIONS)
    hashes = np.array([crc32(gram.encode()) for gram in grams], dtype=np.uint64)
    vector = np.zeros(DIMENSIONS)
    for seed in (2654435761, 2246822519, 3266489917, 668265263, 374761393, 2246822507):
        mixed = (hashes * np.uint64(seed)) >> np.uint64(17)
        signs = 1.0 - 2.0 * (mixed & np.uint64(1)).astype(float)
        places = ((mixed >> np.uint64(1)) % np.uint64(DIMENSIONS)).astype(np.int64)
        vector += np.bincount(places, weights=signs, minlength=DIMENSIONS)
    norm = np.sqrt((vector * vector).sum())
    return vector / norm if norm else vector
