import type { IVariant } from './variant';

const FILES = {
  'houses.csv':
    'id,area,rooms,year,price\n1,north,3,1950,100\n2,south,2,1999,\n3,north,,2010,300\n4,east,5,1971,250\n5,south,4,2001,90\n',
  'areas.csv': 'area,tax\nnorth,0.1\nsouth,0.2\n'
};

const variant = (
  title: string,
  cells: string[],
  says?: IVariant['says'],
  cell?: number
): IVariant => ({
  title,
  cells,
  files: FILES,
  says,
  ...(cell ? { cell } : {})
});

const READ = 'import pandas as pd\ndf = pd.read_csv("houses.csv")\n';

export const pandas: IVariant[] = [
  variant(
    'plain statements',
    [
      `${READ}areas = pd.read_csv("areas.csv")\ndf = df.dropna(subset=["rooms"])\ndf["old"] = df["year"] < 1980\ndf = df.merge(areas, on="area", how="left")\ndf = df.sort_values("id")\n`
    ],
    ['import palimpsest.pandas as pd', 'def prepare(', 'return df']
  ),
  variant(
    'in place',
    [
      `${READ}df.drop(columns=["id"], inplace=True)\ndf["price"].fillna(0, inplace=True)\ndel df["year"]\ndf.head()\n`
    ],
    ['df = df.drop(columns=["id"])', 'df = df.drop(columns=["year"])']
  ),
  variant('names in a loop', [
    `${READ}for c in ["rooms", "price"]:\n    df[c] = df[c].fillna(df[c].median())\n`
  ]),
  variant('rows of a frame into a list of dictionaries', [
    `${READ}rows = []\nfor i, r in df.iterrows():\n    if r["year"] < 1960:\n        continue\n    if r["area"] == "north":\n        side = "n"\n    else:\n        side = r["area"].upper()\n    rows.append({"id": r["id"], "side": side, "age": 2024 - r["year"]})\nout = pd.DataFrame(rows)\n`
  ]),
  variant('a list put into a frame', [
    `${READ}sizes = []\nfor _, row in df.iterrows():\n    sizes.append("big" if row["rooms"] > 3 else "small")\ndf["size"] = sizes\n`
  ]),
  variant('tuples of a frame', [
    `${READ}rows = []\nfor r in df.itertuples():\n    if r.rooms > 2:\n        rows.append([r.id, r.rooms * 2])\nout = pd.DataFrame(rows, columns=["id", "double"])\n`
  ]),
  variant('cells that are set in a loop', [
    `${READ}df["kind"] = "new"\nfor i in range(len(df)):\n    if df.loc[i, "year"] < 1980:\n        df.loc[i, "kind"] = "old"\n    if pd.isna(df["price"][i]):\n        df.loc[i, "price"] = 0\n`
  ]),
  variant(
    'features kept as they are',
    [
      `${READ}df = df.dropna()\n`,
      'import numpy as np\nX = pd.get_dummies(df["area"])\nX["rooms"] = (df["rooms"] - df["rooms"].mean()) / df["rooms"].std()\nX["log"] = np.log1p(df["year"])\nX = X.values\n'
    ],
    ['learned(lambda: df["rooms"].mean())'],
    2
  ),
  variant(
    'labels of a frame',
    [`${READ}df = df.dropna()\n`, 'y = (df["price"] > 95).astype(int)\n'],
    ['return (frame["price"] > 95).astype(int)'],
    2
  )
];

const ROWS =
  'import numpy as np\nrows = []\nfor line in open("houses.csv").readlines()[1:]:\n    id, area, rooms, year, price = line.rstrip("\\n").split(",")\n    rows.append({"area": area, "year": int(year), "price": float(price or 0)})\n';

const features = (title: string, cell: string, says?: IVariant['says']) =>
  variant(title, [ROWS, cell], says, 2);

export const keptFeatures: IVariant[] = [
  features(
    'categories from the data',
    'areas = sorted(set(r["area"] for r in rows))\nX = np.zeros((len(rows), len(areas) + 1))\nfor i, r in enumerate(rows):\n    X[i, areas.index(r["area"])] = 1\n    X[i, -1] = r["year"] / 1000\n',
    ['areas = learned(lambda: sorted(set(']
  ),
  features(
    'columns scaled in a loop',
    'X = np.array([[r["year"], r["price"]] for r in rows], dtype=float)\nfor j in range(2):\n    X[:, j] = (X[:, j] - X[:, j].mean()) / X[:, j].std()\n'
  ),
  features(
    'counts of all rows',
    'counts = {}\nfor r in rows:\n    counts[r["area"]] = counts.get(r["area"], 0) + 1\nX = []\nfor r in rows:\n    X.append([counts[r["area"]], r["price"]])\nX = np.array(X)\n',
    ['learned(loop)']
  ),
  features(
    'a helper that scales',
    'def z(a):\n    return (a - a.mean()) / a.std()\nprices = np.array([r["price"] for r in rows])\nyears = np.array([r["year"] for r in rows])\nX = np.column_stack([z(prices), z(years), years > 1980])\n'
  ),
  features(
    'arrays that are stacked side by side',
    'sizes = np.log1p([r["price"] for r in rows])\nX = np.stack([sizes, [r["year"] for r in rows]], axis=1)\n'
  ),
  features(
    'a mean for what is missing',
    'known = [r["price"] for r in rows if r["price"] > 0]\nmiddle = sum(known) / len(known)\nX = np.array([[r["price"] if r["price"] > 0 else middle, len(r["area"])] for r in rows])\n'
  ),
  features(
    'a view that is changed',
    'X = np.array([[r["price"], r["year"]] for r in rows], dtype=float)\ncol = X[:, 0]\ncol[col == 0] = np.median(col)\n'
  ),
  features(
    'a transformer',
    'from sklearn.preprocessing import StandardScaler\nX = np.array([[r["price"], r["year"]] for r in rows], dtype=float)\nX = StandardScaler().fit_transform(X)\n',
    ['.fit(X)).transform(X)']
  )
];
