import xgboost as xgb
from sklearn.datasets import load_wine
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split

params = {"max_depth": 3, "eta": 0.3, "objective": "multi:softprob", "num_class": 3, "seed": 0}
ROUNDS = 12

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
dtrain = xgb.DMatrix(X_train, label=y_train)
dtest = xgb.DMatrix(X_test, label=y_test)

booster = xgb.train(params, dtrain, num_boost_round=ROUNDS)
proba = booster.predict(dtest)

accuracy = accuracy_score(y_test, proba.argmax(axis=1))
print("Test accuracy:", round(accuracy, 4))
print("Test logloss:", round(log_loss(y_test, proba), 4))
booster.save_model("wine.json")
