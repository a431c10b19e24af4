import type { IVariant } from './variant';

const QUOTED = {
  'quoted.csv':
    'name,note,n\nAnn,"one, two",3\n"Bob ""B""",plain,4\nCid,"",5\n\nDan, x ,6\n'
};

export const csvModule: IVariant[] = [
  {
    title: 'reader without its header',
    cells: [
      'import csv\nrows = []\nwith open("events.csv", newline="") as f:\n    reader = csv.reader(f)\n    next(reader)\n    for number, who, kind, day, amount, text in reader:\n        rows.append((who, text, float(amount)))\n'
    ],
    says: ['skiprows=1', 'quoting=0']
  },
  {
    title: 'reader by position',
    cells: [
      'import csv\nrows = []\nfor row in csv.reader(open("events.csv")):\n    if row[2] == "spam":\n        continue\n    rows.append((row[1], row[5].strip()))\n'
    ]
  },
  {
    title: 'DictReader with quotes',
    cells: [
      'import csv\nrows = []\nfor row in csv.DictReader(open("quoted.csv", newline="")):\n    if int(row["n"]) > 3:\n        rows.append((row["name"], row["note"].lower()))\n'
    ],
    files: QUOTED,
    says: ['header=0', 'usecols=["n", "name", "note"]']
  },
  {
    title: 'another delimiter',
    cells: [
      'import csv\nrows = []\nfor row in csv.DictReader(open("scores.tsv"), delimiter="\\t"):\n    rows.append((row["key"], int(row["score"])))\n'
    ],
    says: ['sep="\\t"']
  },
  {
    title: 'a dictionary from a DictReader',
    cells: [
      'import csv\nscores = {}\nwith open("scores.tsv") as f:\n    for record in csv.DictReader(f, delimiter="\\t"):\n        scores[record["key"]] = int(record["score"])\nrows = []\nfor line in open("events.csv"):\n    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")\n    if who in scores:\n        rows.append((who, scores[who]))\n'
    ]
  }
];
