import type { IVariant } from './variant';

const tail = (
  loop: string,
  before = '',
  opening = 'open("events.csv")'
) => `${before}rows = []
for line in ${opening}:
    ${loop}
    rows.append((who, text))
`;

const UNPACK =
  'number, who, kind, day, amount, text = line.rstrip("\\n").split(",")';

export const reading: IVariant[] = [
  {
    title: 'with open',
    cells: [
      `rows = []
with open("events.csv", encoding="utf-8") as handle:
    for line in handle:
        ${UNPACK}
        rows.append((who, text))
`
    ],
    says: ['encoding="utf-8"']
  },
  {
    title: 'nested with for reading and writing',
    cells: [
      `with open("events.csv") as source, open("out.tsv", "w") as target:
    for line in source:
        ${UNPACK}
        target.write(who + "\\t" + text + "\\n")
`
    ]
  },
  {
    title: 'readlines',
    cells: [tail(UNPACK, 'lines = open("events.csv").readlines()\n', 'lines')]
  },
  {
    title: 'readlines without the header',
    cells: [
      `rows = []
for line in open("scores.tsv").readlines()[1:]:
    key, score = line.strip().split("\\t")
    rows.append((key, int(score)))
`
    ],
    says: ['skiprows=1', 'sep="\\t"']
  },
  {
    title: 'next skips the header',
    cells: [
      `rows = []
f = open("scores.tsv")
next(f)
for line in f:
    key, score = line.strip().split("\\t")
    rows.append((key, int(score)))
`
    ],
    says: ['skiprows=1']
  },
  {
    title: 'the first line by its number',
    cells: [
      `rows = []
for i, line in enumerate(open("scores.tsv")):
    if i == 0:
        continue
    key, score = line.strip().split("\\t")
    rows.append((key, int(score)))
`
    ],
    says: ['skiprows=1']
  },
  {
    title: 'single fields by position',
    cells: [
      tail('parts = line.split(",")\n    who, text = parts[1], parts[3]')
    ],
    says: ['usecols=[1, 3]', 'names=["who", "text"]']
  },
  {
    title: 'every field stripped',
    cells: [
      tail(
        'number, who, kind, day, amount, text = [part.strip() for part in line.split(",")]'
      )
    ],
    says: ['["text"].str.strip()']
  },
  {
    title: 'every field stripped with map',
    cells: [
      tail(
        'number, who, kind, day, amount, text = map(str.strip, line.split(","))'
      )
    ]
  },
  {
    title: 'empty lines left out',
    cells: [
      `rows = []
for line in open("lines.txt"):
    line = line.strip()
    if not line:
        continue
    word, = line.split(",")
    rows.append((word, len(word)))
`
    ],
    says: ['skip_blank_lines=True']
  },
  {
    title: 'empty lines kept',
    cells: [
      `rows = []
for line in open("lines.txt"):
    word, = line.rstrip("\\n").split(",")
    rows.append((word, len(word)))
`
    ],
    says: ['skip_blank_lines=False']
  },
  {
    title: 'paths in constants',
    cells: [
      'import os\nDATA = "."\nEVENTS = os.path.join(DATA, "events.csv")',
      tail(UNPACK, '', 'open(EVENTS)')
    ],
    says: ['def prepare(events=EVENTS):']
  },
  {
    title: 'throw-away names',
    cells: [tail('_, who, _, _, _, text = line.rstrip("\\n").split(",")')]
  },
  {
    title: 'chained methods in the loop head',
    cells: [
      `rows = []
for line in open("events.csv").readlines():
    fields = line.strip().split(",")
    rows.append((fields[1], fields[2].lower()))
`
    ]
  }
];
