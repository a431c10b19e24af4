#!/usr/bin/env python
# ridge on the diabetes data, quick and dirty
import argparse
import logging

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import KFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

logging.basicConfig(level=logging.WARNING)


def parse():
    p = argparse.ArgumentParser(description="train")
    p.add_argument("--alpha", type=float, default=1.0)
    p.add_argument("--folds", type=int, default=3)
    p.add_argument("--verbose", action="store_true")
    return p.parse_args()


def cross_validate(X, y, alpha, folds):
    errors = []
    for fold, (tr, te) in enumerate(KFold(folds, shuffle=True, random_state=1).split(X)):
        pipe = make_pipeline(StandardScaler(), Ridge(alpha=alpha))
        pipe.fit(X[tr], y[tr])
        rmse = np.sqrt(mean_squared_error(y[te], pipe.predict(X[te])))
        errors.append(rmse)
        print(f"fold {fold}: rmse={rmse:.3f}")
    return np.mean(errors)


def main():
    args = parse()
    X, y = load_diabetes(return_X_y=True)
    Xtr, Xte, ytr, yte = train_test_split(X, y, test_size=0.25, random_state=3)
    print("cv rmse: %.3f" % cross_validate(Xtr, ytr, args.alpha, args.folds))
    final = make_pipeline(StandardScaler(), Ridge(alpha=args.alpha))
    final.fit(Xtr, ytr)
    print("test r2 = {:.4f}".format(r2_score(yte, final.predict(Xte))))
    if args.verbose:
        print("coefficients", final[-1].coef_)


if __name__ == "__main__":
    main()
