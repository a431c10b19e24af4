import type { IVariant } from './variant';

const variant = (title: string, body: string, says?: IVariant['says']) => ({
  title,
  cells: [
    `rows = []
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
${body.replace(/^/gm, '    ')}
`
  ],
  files: {
    'events.csv':
      '1,a,mail,2023-02-11,12.5,Good\n2,b,call,2022-12-31,n/a,bad\n3,x,mail,2023-07-01,,\n4,a,spam,2024-01-05, 47 ,odd\n'
  },
  says
});

export const tries: IVariant[] = [
  variant(
    'rows that raise are left out',
    'try:\n    n = float(amount)\nexcept ValueError:\n    continue\nrows.append((who, n))',
    ['except ValueError', '.astype(float)']
  ),
  variant(
    'another value for rows that raise',
    'try:\n    n = float(amount)\nexcept:\n    n = -1.0\nrows.append((who, n))'
  ),
  variant(
    'None for rows that raise',
    'try:\n    n = float(amount)\nexcept (ValueError, TypeError):\n    n = None\nrows.append((who, n is None))'
  ),
  variant(
    'a value from before',
    'n = 0.0\ntry:\n    n = float(amount) * 2\nexcept ValueError:\n    pass\nrows.append((who, n))'
  ),
  variant(
    'a count of bad rows',
    'try:\n    n = int(number) / float(amount)\n    k = kind.upper()\nexcept ValueError as error:\n    print("bad", error)\n    continue\nrows.append((who, n, k))'
  ),
  variant(
    'an append inside',
    'try:\n    rows.append((who, float(amount), int(day[:4])))\nexcept ValueError:\n    continue'
  ),
  variant(
    'a condition inside',
    'try:\n    if float(amount) < 20:\n        continue\n    n = float(amount)\nexcept ValueError:\n    continue\nrows.append((who, n))'
  ),
  {
    title: 'a key that is not there',
    cells: [
      `people = {}
for line in open("people.csv"):
    key, city, level, age = line.rstrip("\\n").split(",")
    people[key] = city
rows = []
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
    try:
        city = people[who]
    except KeyError:
        continue
    rows.append((who, city))
`
    ]
  }
];
