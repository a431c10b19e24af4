import type { IVariant } from './variant';

const PEOPLE = `people = {}
for line in open("people.csv"):
    key, city, level, age = line.rstrip("\\n").split(",")
    people[key] = (city, level)
`;
const CITIES = PEOPLE.replace('(city, level)', 'city');

const probe = (
  title: string,
  fill: string,
  body: string,
  says?: IVariant['says']
): IVariant => ({
  title,
  cells: [
    `${fill}
rows = []
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
${body.replace(/^/gm, '    ')}
`
  ],
  says
});

export const joining: IVariant[] = [
  probe(
    'in, then look up',
    PEOPLE,
    'if who in people:\n    city, level = people[who]\n    rows.append((who, city, level))',
    ['drop_duplicates("key", keep="last")', 'left_on="who", right_on="key"']
  ),
  probe(
    'not in, continue',
    PEOPLE,
    'if who not in people:\n    continue\ncity, level = people[who]\nrows.append((who, city))'
  ),
  probe(
    'a single value',
    CITIES,
    'if who in people:\n    rows.append((who, people[who]))'
  ),
  probe(
    'part of the tuple',
    PEOPLE,
    'if who in people:\n    rows.append((who, people[who][1]))'
  ),
  probe(
    'get and None',
    PEOPLE,
    'found = people.get(who)\nif found is None:\n    continue\ncity, level = found\nrows.append((who, city))'
  ),
  probe(
    'get and truth of a tuple',
    PEOPLE,
    'found = people.get(who)\nif not found:\n    continue\nrows.append((who, found[0]))'
  ),
  probe(
    'get with a default',
    CITIES,
    'rows.append((who, people.get(who, "nowhere")))',
    ['how="left"', '.fillna("nowhere")']
  ),
  probe(
    'a condition behind the look-up',
    PEOPLE,
    'if who in people and people[who][0] == "Bern":\n    rows.append((who, people[who][0]))'
  ),
  probe(
    'semi-join',
    PEOPLE,
    'if who in people:\n    rows.append((who, kind))',
    ['.isin(people["key"])']
  ),
  probe(
    'anti-join',
    PEOPLE,
    'if who in people:\n    continue\nrows.append((who, kind))',
    ['~events["who"].isin(people["key"])']
  ),
  probe('membership as a value', PEOPLE, 'rows.append((who, who in people))'),
  probe(
    'membership in an or',
    PEOPLE,
    'if kind == "spam" or who in people:\n    rows.append((who, kind))'
  ),
  probe(
    'a computed key',
    PEOPLE.replace('people[key]', 'people[key.strip().upper()]'),
    'name = who.upper()\nif name in people:\n    city, level = people[name]\n    rows.append((name, city))'
  ),
  probe(
    'the same name on both sides',
    PEOPLE.replace('key, city, level, age', 'who, kind, level, age').replace(
      'people[key] = (city, level)',
      'people[who] = (kind, level)'
    ),
    'if who in people:\n    city, level = people[who]\n    rows.append((who, kind, city))'
  ),
  probe(
    'two look-ups',
    CITIES +
      'scores = {}\nfor line in open("scores.tsv").readlines()[1:]:\n    key, score = line.strip().split("\\t")\n    scores[key] = int(score)\n',
    'if who in people and who in scores:\n    rows.append((who, people[who], scores[who] + 1))'
  ),
  probe(
    'the same dictionary twice',
    CITIES,
    'if who in people and kind[:1] not in people:\n    rows.append((who, people[who]))'
  ),
  probe(
    'a filtered dictionary',
    PEOPLE.replace(
      '    people[key]',
      '    if city == "Lima":\n        continue\n    if int(age) >= 18:\n        people[key]'
    ),
    'if who in people:\n    rows.append((who, people[who][0]))'
  ),
  probe(
    'a set',
    'seen = set()\nfor line in open("people.csv"):\n    key, city, level, age = line.rstrip("\\n").split(",")\n    seen.add(key)\n',
    'if who in seen:\n    rows.append((who, kind))'
  ),
  probe(
    'a set of computed keys',
    'seen = set()\nfor line in open("people.csv"):\n    key, city, level, age = line.rstrip("\\n").split(",")\n    seen.add(key.strip())\n',
    'if who not in seen:\n    rows.append((who, kind))'
  ),
  {
    title: 'a dictionary from another cell',
    cells: [
      PEOPLE,
      'rows = []\nfor line in open("events.csv"):\n    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")\n    if who in people:\n        city, level = people[who]\n        rows.append((who, city))\n'
    ]
  },
  {
    title: 'a look-up before and a filter after',
    cells: [
      PEOPLE +
        'rows = []\nfor line in open("events.csv"):\n    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")\n    if who not in people:\n        continue\n    city, level = people[who]\n    if int(number) > 4 or city == "Lima":\n        continue\n    rows.append((who, city, float(amount)))\n'
    ]
  }
];
