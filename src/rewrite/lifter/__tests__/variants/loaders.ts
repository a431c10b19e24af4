import type { IVariant } from './variant';

const LOAD = `def load_people(path, minimum=18):
    """Who is old enough."""
    people = {}
    with open(path) as lines:
        for line in lines:
            key, city, level, age = line.rstrip("\\n").split(",")
            if int(age) >= minimum:
                people[key] = city
    return people
`;

const EVENTS = `rows = []
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
    if who in people:
        rows.append((who, people[who]))
`;

export const loaders: IVariant[] = [
  {
    title: 'a function that fills a dictionary',
    cells: [`${LOAD}\npeople = load_people("people.csv")\n${EVENTS}`]
  },
  {
    title: 'in another cell, with a default changed',
    cells: [LOAD, `people = load_people("people.csv", minimum=30)\n${EVENTS}`],
    says: ['>= 30']
  },
  {
    title: 'a function that makes the rows',
    cells: [
      `def load(path):\n    rows = []\n    for line in open(path):\n        number, who, kind, day, amount, text = line.rstrip("\\n").split(",")\n        if kind != "spam":\n            rows.append((who, float(amount)))\n    return rows\n\nrows = load("events.csv")\n`
    ]
  },
  {
    title: 'a function that writes the file',
    cells: [
      `def convert(source, target):\n    out = open(target, "w")\n    for line in open(source):\n        number, who, kind, day, amount, text = line.rstrip("\\n").split(",")\n        out.write(f"{who}\\t{kind}\\n")\n    out.close()\n\nconvert("events.csv", "out.tsv")\n`
    ]
  }
];
