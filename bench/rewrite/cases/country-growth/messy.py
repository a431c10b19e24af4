# %%
import numpy as np
from sklearn.linear_model import LogisticRegression

# %%
by_country = {}
fh = open("data/gapminder.tsv")
fh.readline()
for line in fh:
    country, continent, year, life, pop, gdp = line.rstrip("\n").split("\t")
    if continent == "Oceania":
        continue
    by_country.setdefault(country, {})[int(year)] = (continent, float(life), int(pop), float(gdp))
fh.close()

growth = []
for country in by_country:
    data = by_country[country]
    for year in data:
        if year - 5 not in data:
            continue
        continent, life, pop, gdp = data[year]
        before = data[year - 5]
        growth.append({"country": country, "continent": continent, "year": year, "life": life,
                       "gain": life - before[1], "gdp": (gdp - before[3]) / before[3]})

# %%
conts = {"Africa": 0, "Americas": 1, "Asia": 2, "Europe": 3}
X = []
for g in growth:
    one = [0, 0, 0, 0]
    one[conts[g["continent"]]] = 1
    X.append(one + [g["life"] / 100, g["gdp"], (g["year"] - 1952) / 55])
X = np.array(X, dtype=float)

# %%
y = []
for g in growth:
    if g["gain"] > 2.5:
        y.append("high")
    elif g["gain"] > 0:
        y.append("low")
    else:
        y.append("loss")
y = np.array(y)

# %%
late = np.array([g["year"] for g in growth]) > 1997
model = LogisticRegression(max_iter=2000)
model.fit(X[~late], y[~late])
print((model.predict(X[late]) == y[late]).mean())
