import type { IVariant } from './variant';

/** Rows that are collected by a cell and used by the next. */
function collected(source: string, more: Partial<IVariant> = {}): IVariant {
  return {
    title: '',
    cells: [source, 'y = [r for r in rows]\n'],
    cell: 1,
    says: ['def rows_of('],
    ...more
  };
}

export const keptRows: IVariant[] = [
  collected(
    `rows = []
before = {}
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
    rows.append((who, float(amount), before.get(kind, 0.0)))
    before[kind] = float(amount)
`,
    { title: 'values that one row hands on to the next' }
  ),
  collected(
    `rows = []
f = open("events.csv")
while True:
    line = f.readline()
    if not line:
        break
    parts = line.strip().split(",")
    rows.append({"who": parts[1], "amount": float(parts[4])})
f.close()
`,
    { title: 'a file read line by line in a while loop' }
  ),
  collected(
    `rows = []
for line in open("lines.txt"):
    line = line.strip()
    if not line:
        continue
    if line == "three":
        break
    rows.append([line, len(line)])
`,
    { title: 'a break at a line' }
  ),
  collected(
    `import csv, json

groups = {}
with open("scores.tsv", newline="") as f:
    reader = csv.reader(f, delimiter="\\t")
    header = next(reader)
    for key, score in reader:
        groups.setdefault(key, []).append(int(score))
rows = []
for key in sorted(groups):
    best = sorted(groups[key], reverse=True)[:1]
    for rank, score in enumerate(best, 1):
        rows.append({"key": key, "rank": rank, "score": score, "what": header[1]})
`,
    {
      title: 'the best of each group, read by the csv module',
      says: ['[list(f.columns), *f.to_numpy().tolist()]', 'nullcontext(scores)']
    }
  ),
  collected(
    `import csv

def load(path, limit=3):
    out = []
    with open(path) as handle:
        for r in csv.DictReader(handle, delimiter="\\t"):
            out.append({"key": r["key"], "score": int(r["score"])})
            if len(out) == limit:
                break
    return out

rows = load("scores.tsv")
mean = sum(r["score"] for r in rows) / len(rows)
for r in rows:
    r["over"] = r["score"] > mean
`,
    {
      title:
        'a function that opens its argument, and dictionaries changed later',
      says: ['load(scores)', /columns=\["key", "score", "over"\]/]
    }
  ),
  collected(
    `seen = set()
rows = []
def note(text):
    if text in seen:
        return False
    seen.add(text)
    return True

for line in open("people.csv"):
    a, town, level, age = line.strip().split(",")
    if note(a):
        rows.append((a, town))
`,
    { title: 'a helper that changes what the loop keeps' }
  ),
  collected(
    `rows = []
for line in open("people.csv"):
    a, town, level, age = line.strip().split(",")
    rows.append({"a": a, "age": float(age) if level != "gold" else None})
ages = [r["age"] for r in rows if r["age"] is not None]
mean = sum(ages) / len(ages)
for r in rows:
    if r["age"] is None:
        r["age"] = mean
`,
    { title: 'gaps filled with a mean' }
  ),
  collected(
    `class Person:
    def __init__(self, line):
        self.name, self.town, level, age = line.strip().split(",")
        self.age = int(age)

    @property
    def initial(self):
        return self.town[0]


people = [Person(line) for line in open("people.csv")]
rows = []
for p in people:
    rows.append([p.name, p.initial, p.age])
`,
    {
      title: 'objects of a class',
      says: [/^class Person:/m, 'columns=["name", "initial", "age"]']
    }
  ),
  collected(
    `class Towns:
    def __init__(self, path):
        self.path = path
        self.of = {}

    def load(self):
        with open(self.path) as f:
            for line in f:
                name, town, level, age = line.strip().split(",")
                self.of[name] = town
        return self


towns = Towns("people.csv").load()
rows = []
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
    if who in towns.of:
        rows.append((who, towns.of[who], kind.lower()))
`,
    {
      title: 'a class that opens what its object was given',
      says: ['with text_of(people) as f']
    }
  ),
  collected(
    `from pathlib import Path

HERE = Path(".")

def fields(stem):
    return [l.split(",") for l in (HERE / f"{stem}.csv").read_text().splitlines()]

rows = []
for stem in ("people", "events"):
    for parts in fields(stem):
        if len(parts) < 3:
            break
        rows.append((stem, parts[1]))
`,
    {
      title: 'paths made of what a function is called with',
      says: ['{"people.csv": people, "events.csv": events}[str(']
    }
  ),
  collected(
    `out = open("between.tsv", "w")
before = 0.0
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
    out.write("%s\\t%.1f\\n" % (who, float(amount) - before))
    before = float(amount)
out.close()
rows = []
for line in open("between.tsv"):
    who, change = line.rstrip().split("\\t")
    rows.append((who, float(change)))
`,
    {
      title: 'a file that is written and read again on the way',
      says: [
        'in_memory.writing("between.tsv")',
        'in_memory.reading("between.tsv")'
      ]
    }
  ),
  collected(
    `import csv

groups = {}
with open("people.csv") as f:
    for parts in csv.reader(f):
        if len(parts) != 4:
            continue
        groups.setdefault(parts[1], []).append({"name": parts[0], "age": int(parts[3])})
rows = []
for town, people in groups.items():
    people = sorted(people, key=lambda p: -p["age"])
    for p in people[:2]:
        rows.append({**p, "town": town})
`,
    {
      title: 'the first of each group, with one field more',
      says: ['columns=["name", "age", "town"]']
    }
  ),
  collected(
    `import csv

rows = []
skipped = 0
f = open("scores.tsv")
next(f)
for key, score in csv.reader(f, delimiter="\\t"):
    if score == "5":
        skipped += 1
        continue
    if score == "never":
        break
    rows.append((key, int(score)))
f.close()
`,
    {
      title: 'a reader of the csv module behind a line that is skipped',
      says: ['csv.reader(f, delimiter="\\t")']
    }
  ),
  collected(
    `import csv

rows = []
for month in range(1, 3):
    with open("sales_%02d.csv" % month) as f:
        for r in csv.DictReader(f):
            if r["who"] == "stop":
                break
            rows.append((month, r["who"], float(r["sum"])))
    with open(f"costs_{month:03d}.csv") as f:
        rows += [(month, r["who"], -float(r["sum"])) for r in csv.DictReader(f)]
`,
    {
      title: 'files that are numbered with leading zeros',
      files: {
        'sales_01.csv': 'who,sum\na,1\nb,2.5\n',
        'sales_02.csv': 'who,sum\na,3\nstop,0\nb,9\n',
        'costs_001.csv': 'who,sum\na,4\n',
        'costs_002.csv': 'who,sum\nc,2\n'
      },
      says: ['"sales_01.csv": sales_01, "sales_02.csv": sales_02']
    }
  ),
  collected(
    `import csv

rows = []
for row in csv.reader(open("people.csv")):
    if row[0] == "d":
        break
    rows.append([row[0], row[1], int(row[-1])])
`,
    {
      title: 'a reader of the csv module without a header',
      says: ['csv.reader(text_of(people))']
    }
  ),
  collected(
    `import pandas as pd

people = pd.read_csv("people.csv", names=["name", "town", "level", "age"])
people = people.rename(columns={"town": "city"})
rows = []
for p in people.itertuples():
    older = people[people["age"] > p.age]
    if len(older) == 0:
        continue
    rows.append([p.name, p.city, older.iloc[0]["age"]])
`,
    {
      title: 'rows that look others up in a frame with renamed columns',
      says: ['people.rename(columns={"town": "city"})']
    }
  )
];
