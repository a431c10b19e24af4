import lightgbm as lgb
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.metrics import mean_absolute_error, mean_squared_error
from sklearn.model_selection import train_test_split

X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=4)
X_fit, X_val, y_fit, y_val = train_test_split(X_train, y_train, test_size=0.2, random_state=4)

model = lgb.LGBMRegressor(n_estimators=200, learning_rate=0.05, num_leaves=15, random_state=4, n_jobs=1, verbose=-1)
model.fit(X_fit, y_fit, eval_set=[(X_val, y_val)], eval_metric="l2", callbacks=[lgb.early_stopping(10, verbose=False)])

pred = model.predict(X_test)
rmse = np.sqrt(mean_squared_error(y_test, pred))
print(f"best iteration: {model.best_iteration_}")
print(f"RMSE: {rmse:.3f}")
print(f"MAE: {mean_absolute_error(y_test, pred):.3f}")
