"""The inputs two versions are run on: the real sources, samples of them, and mutations."""
