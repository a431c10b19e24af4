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
  )
];
