import { roleTask } from './roletask';

/** Reading, filtering and joining sources into the training table. */
export const prepareTask = roleTask({
  role: 'prepare',
  label: 'Rewrite the preparation',
  contract:
    'Begin with `import palimpsest.pandas as pd`, a drop-in for pandas that records provenance.\n' +
    'Define `prepare(...)`: one parameter a source, its default the path that the original reads; it returns one frame, the training table. ' +
    'Its rows are the rows that the original hands on, and its columns the fields of these rows in their order, named as the original names them.',
  hints: [
    'Read delimited lines that the original splits by hand with `header=None, names=[...], dtype=str, quoting=3, keep_default_na=False`.',
    'Change case with `.map(str.lower)`, `.map(str.upper)`, `.map(str.title)`: `.str.lower()` and its like change some letters (ß, İ) otherwise than Python does.',
    'The order of the rows matters only where the original shows it.',
    'Return the table; do not write the file that the original writes.'
  ],
  examples: [
    {
      original: `ages = {}
for line in open("people.csv"):
    name, age = line.strip().split(",")
    if int(age) >= 18:
        ages[name] = int(age)
orders = []
for line in open("orders.csv"):
    number, name, amount = line.strip().split(",")
    if name in ages:
        orders.append((name.title(), float(amount), ages[name]))`,
      rewritten: `import palimpsest.pandas as pd

RAW = dict(header=None, dtype=str, quoting=3, keep_default_na=False)


def prepare(people="people.csv", orders="orders.csv"):
    people = pd.read_csv(people, names=["name", "age"], **RAW)
    people = people.assign(
        name=people["name"].str.lstrip(),  # strip() trimmed the first field
        age=people["age"].astype(int),
    )
    people = people[people["age"] >= 18]
    people = people.drop_duplicates("name", keep="last")  # the dict kept the last
    orders = pd.read_csv(orders, names=["number", "name", "amount"], **RAW)
    rows = orders.merge(people, on="name")
    return pd.DataFrame({
        "name": rows["name"].map(str.title),
        "amount": rows["amount"].astype(float),
        "age": rows["age"],
    })`
    },
    {
      original: `visits = defaultdict(int)
for row in csv.DictReader(open("visits.csv")):
    visits[row["shop"]] += int(row["people"])
seen = set()
table = []
for row in csv.DictReader(open("shops.csv")):
    if row["shop"] in seen:
        continue
    seen.add(row["shop"])
    table.append({"shop": row["shop"], "visits": visits.get(row["shop"], 0)})`,
      rewritten: `import palimpsest.pandas as pd


def prepare(visits="visits.csv", shops="shops.csv"):
    visits = pd.read_csv(visits, dtype=str, keep_default_na=False)
    visits = visits.assign(people=visits["people"].astype(int))
    totals = visits.groupby("shop").agg(visits=("people", "sum")).reset_index()
    shops = pd.read_csv(shops, dtype=str, keep_default_na=False)
    shops = shops.drop_duplicates("shop")  # the first of each was kept
    rows = shops.merge(totals, on="shop", how="left")
    return pd.DataFrame({
        "shop": rows["shop"],
        "visits": rows["visits"].fillna(0).astype(int),
    })`
    }
  ]
});
