import type { IVariant } from './variant';

const LOOP =
  'for line in open("events.csv"):\n    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")\n';
const PEOPLE =
  'rows = []\nfor line in open("people.csv"):\n    key, city, level, age = line.rstrip("\\n").split(",")\n';

const variant = (
  title: string,
  fill: string,
  use: string,
  says?: IVariant['says']
): IVariant => ({ title, cells: [`${fill}${PEOPLE}${use}\n`], says });

export const aggregates: IVariant[] = [
  variant(
    'a count with get',
    `counts = {}\n${LOOP}    counts[who] = counts.get(who, 0) + 1\n`,
    '    rows.append((key, counts.get(key, 0)))',
    ['groupby("who", sort=False, as_index=False)', '"size"']
  ),
  variant(
    'sums in a defaultdict',
    `from collections import defaultdict\ntotals = defaultdict(float)\n${LOOP}    totals[who] += float(amount)\n`,
    '    rows.append((key, totals[key]))'
  ),
  variant(
    'a Counter',
    `from collections import Counter\ncounts = Counter()\n${LOOP}    counts[kind.lower()] += 1\n`,
    '    rows.append((key, counts["mail"[:0] + level.strip()]))'
  ),
  variant(
    'a start under a test',
    `totals = {}\n${LOOP}    if who not in totals:\n        totals[who] = 0\n    totals[who] += int(number)\n`,
    '    if key in totals:\n        rows.append((key, totals[key]))'
  ),
  variant(
    'two branches',
    `totals = {}\n${LOOP}    if who in totals:\n        totals[who] += 1\n    else:\n        totals[who] = 1\n`,
    '    if key not in totals:\n        continue\n    rows.append((key, totals[key]))'
  ),
  variant(
    'a dictionary of sums',
    `stats = {}\n${LOOP}    if who not in stats:\n        stats[who] = {"n": 0, "total": 0.0, "first": day}\n    stats[who]["n"] += 1\n    stats[who]["total"] += float(amount)\n`,
    '    s = stats.get(key)\n    if s is None:\n        continue\n    rows.append((key, s["total"] / s["n"], s["first"]))'
  ),
  variant(
    'a sum for some of the rows',
    `stats = {}\n${LOOP}    s = stats.setdefault(who, [0, 0])\n    s[0] += 1\n    if kind == "mail":\n        s[1] += int(number)\n`,
    '    if key in stats:\n        n, mails = stats[key]\n        rows.append((key, n, mails))'
  ),
  variant(
    'lists of a key',
    `from collections import defaultdict\nvalues = defaultdict(list)\n${LOOP}    values[who].append(float(amount))\n`,
    '    if key not in values:\n        continue\n    v = values[key]\n    rows.append((key, len(v), sum(v) / len(v), max(v), v[0], v[-1]))'
  ),
  variant(
    'the best of each key',
    `best = {}\n${LOOP}    n = float(amount)\n    if who not in best or n > best[who][0]:\n        best[who] = (n, kind)\n`,
    '    if key in best:\n        n, kind = best[key]\n        rows.append((key, n, kind))'
  ),
  variant(
    'one to many',
    `values = {}\n${LOOP}    values.setdefault(who, []).append((kind, int(number)))\n`,
    '    for kind, n in values.get(key, []):\n        if n == 5:\n            continue\n        rows.append((key, kind, n))'
  ),
  variant(
    'a sum over the list of a key',
    `values = {}\n${LOOP}    values.setdefault(who, []).append((kind, int(number)))\n`,
    '    mails = 0\n    for kind, n in values.get(key, []):\n        if kind == "mail":\n            mails += n\n    rows.append((key, mails, sum(1 for v in values.get(key, []) if v[1] > 2)))'
  ),
  {
    title: 'entries of a dictionary',
    cells: [
      `totals = {}\n${LOOP}    totals[who] = totals.get(who, 0) + float(amount)\nrows = []\nfor name, total in totals.items():\n    if total > 5:\n        rows.append((name, round(total, 1)))\n`
    ]
  },
  {
    title: 'sorted entries and the first of them',
    cells: [
      `totals = {}\n${LOOP}    totals[who] = totals.get(who, 0) + float(amount)\nrows = []\nfor name, total in sorted(totals.items(), key=lambda kv: -kv[1])[:2]:\n    rows.append((name, total))\n`
    ]
  },
  {
    title: 'nested loops over lists',
    cells: [
      `events = []\n${LOOP}    events.append({"who": who, "kind": kind, "n": int(number)})\nrows = []\nfor line in open("people.csv"):\n    key, city, level, age = line.rstrip("\\n").split(",")\n    for e in events:\n        if e["who"] == key and e["kind"] != "spam":\n            rows.append((key, city, e["kind"], e["n"]))\n`
    ]
  },
  {
    title: 'parts of a value',
    cells: [
      `rows = []\n${LOOP}    for word in text.split(" "):\n        if word == "":\n            continue\n        rows.append((who, word.lower()))\n`
    ]
  },
  {
    title: 'a look-up without a test',
    cells: [
      'people = {}\nfor line in open("people.csv"):\n    key, city, level, age = line.rstrip("\\n").split(",")\n    people[key] = city\npeople_of = []\nfor line in open("known.csv"):\n    who, n = line.rstrip("\\n").split(",")\n    people_of.append((who, people[who], int(n)))\n'
    ],
    files: { 'known.csv': 'a,1\nb,2\na,3\n' },
    says: ['raise KeyError']
  },
  {
    title: 'a value for keys that are not there',
    cells: [
      `people = {}\nfor line in open("people.csv"):\n    key, city, level, age = line.rstrip("\\n").split(",")\n    people[key] = (city, int(age))\nrows = []\n${LOOP}    city = people[who][0] if who in people else "?"\n    if who in people:\n        age = people[who][1]\n    else:\n        age = -1\n    rows.append((who, city, age))\n`
    ]
  },
  {
    title: 'keys of two parts',
    cells: [
      `totals = {}\n${LOOP}    key = (who, kind)\n    totals[key] = totals.get(key, 0) + int(number)\nrows = []\nfor (who, kind), total in totals.items():\n    rows.append((who, kind, total))\n`
    ]
  },
  {
    title: 'two loops into one list',
    cells: [
      `rows = []\n${LOOP}    if kind == "spam":\n        continue\n    rows.append((who, int(number)))\nfor line in open("people.csv"):\n    key, city, level, age = line.rstrip("\\n").split(",")\n    rows.append((key, int(age)))\n`
    ],
    says: ['pd.concat(']
  }
];
