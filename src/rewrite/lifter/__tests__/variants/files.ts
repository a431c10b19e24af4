import type { IVariant } from './variant';

const FILES = {
  'log.jsonl':
    '{"id": 1, "user": {"name": "Ann", "tags": ["a", "b"]}, "score": 2.5}\n' +
    '{"id": 2, "user": {"name": "Böb", "tags": []}, "score": null}\n' +
    '{"id": 3, "user": {"name": "Cy, Jr", "tags": ["c"]}}\n',
  'a_2020.csv': 'key,n\nx,1\ny,2\n',
  'a_2021.csv': 'key,n\nx,5\nz,\n',
  'semi.csv': 'key;city;n\na;"Bern; CH";3\nb;Rome;4\n'
};

const variant = (
  title: string,
  cell: string,
  says?: IVariant['says']
): IVariant => ({ title, cells: [cell], files: FILES, says });

export const files: IVariant[] = [
  variant(
    'JSON lines',
    'import json\nrows = []\nfor line in open("log.jsonl"):\n    e = json.loads(line)\n    if e["id"] == 2:\n        continue\n    rows.append({"name": e["user"]["name"].lower(), "n": len(e["user"]["tags"]), "score": e.get("score", 0.0)})\n',
    ['json.loads']
  ),
  variant(
    'JSON lines with defaults',
    'import json\nrows = []\nwith open("log.jsonl") as f:\n    for line in f:\n        e = json.loads(line)\n        score = e.get("score") or -1.0\n        rows.append((e["id"], score if score > 0 else 0.0, "a" in e["user"]["tags"]))\n'
  ),
  variant(
    'several files in a loop',
    'import csv\nrows = []\nfor year in (2020, 2021):\n    with open(f"a_{year}.csv") as f:\n        for r in csv.DictReader(f):\n            if r["n"] == "":\n                continue\n            rows.append({"key": r["key"], "n": int(r["n"]), "year": year})\n',
    ['pd.concat(', 'a_2021']
  ),
  variant(
    'whole rows of several files',
    'import csv\nrows = []\nfor name in ["a_2020.csv", "a_2021.csv"]:\n    for r in csv.DictReader(open(name)):\n        rows.append(r)\n'
  ),
  variant(
    'a header and zip',
    'import csv\nrows = []\nrd = csv.reader(open("semi.csv"), delimiter=";")\nhead = next(rd)\nfor r in rd:\n    d = dict(zip(head, r))\n    rows.append((d["city"], int(d["n"])))\n',
    ['usecols=["city", "n"]']
  ),
  variant(
    'places by the header',
    'rows = []\nf = open("a_2020.csv")\nheader = f.readline().rstrip("\\n").split(",")\ncol = {h: i for i, h in enumerate(header)}\nfor line in f:\n    parts = line.rstrip("\\n").split(",")\n    rows.append((parts[col["n"]], parts[header.index("key")]))\n'
  ),
  variant(
    'the text of a file',
    'rows = []\nlines = open("a_2021.csv").read().split("\\n")\nfor l in lines[1:]:\n    if not l:\n        continue\n    key, n = l.split(",")\n    rows.append((key, n))\n'
  ),
  variant(
    'a csv writer',
    'import csv\nout = open("out.csv", "w", newline="")\nw = csv.writer(out)\nw.writerow(["key", "double"])\nfor r in csv.DictReader(open("a_2020.csv")):\n    w.writerow([r["key"], int(r["n"]) * 2])\nout.close()\n'
  ),
  variant(
    'a dictionary of lists',
    'data = {"key": [], "n": []}\nfor line in open("a_2020.csv").readlines()[1:]:\n    key, n = line.rstrip("\\n").split(",")\n    if key == "y":\n        continue\n    data["key"].append(key)\n    data["n"].append(int(n))\nrows = list(zip(data["key"], data["n"]))\n'
  )
];
