import { eventLoop } from './variant';
import type { IVariant } from './variant';

const value = (
  title: string,
  expression: string,
  says?: IVariant['says']
): IVariant => ({
  title,
  cells: [
    'import re\nfrom datetime import datetime\nNAMES = {"a": "Ann", "b": "Bob"}\n\ndef shout(text, mark="!"):\n    """Louder."""\n    return text.upper() + mark\n\ndef half(number):\n    return number / 2\n',
    eventLoop(`value = ${expression}`)
  ],
  says
});

export const columns: IVariant[] = [
  value('lower', 'text.lower()', ['.str.lower()']),
  value('upper keeps Python’s rules', 'text.upper()', ['.map(str.upper)']),
  value('a chain', 'text.strip().lower().replace("o", "0")', [
    '.str.strip().str.lower().str.replace("o", "0", regex=False)'
  ]),
  value('slices', 'day[:4] + day[-2:]', ['.str[:4] + ']),
  value('numbers', 'int(number) * 2 + 1', ['["number"].astype(int) * 2 + 1']),
  value('float', 'float(amount)', ['.astype(float)']),
  value('float formatting', 'f"{float(amount):.2f}"'),
  value('rounding', 'round(float(amount) / 3, 2)'),
  value('an f-string', 'f"{who}-{kind}"', [
    'events["who"] + "-" + events["kind"]'
  ]),
  value('an f-string with a number', 'f"{kind}#{int(number)}"', [
    '.astype(str)'
  ]),
  value('braces in an f-string', 'f"{{{who}}}"'),
  value('quotes in an f-string', 'f"{who!r}"'),
  value('percent formatting', '"%s/%s" % (who, kind)'),
  value('format', '"{}:{}".format(who, kind)'),
  value('a ternary', '"late" if day > "2023" else "early"', [
    '.map({True: "late", False: "early"})'
  ]),
  value('a ternary of columns', 'text if kind == "mail" else who', ['.where(']),
  value('a ternary of numbers', '1 if kind == "mail" else 0', ['.astype(int)']),
  value(
    'nested ternaries',
    '"m" if kind == "mail" else "c" if kind == "call" else "?"'
  ),
  value('a dictionary of names', 'NAMES.get(who, "?")'),
  value('a helper', 'shout(text)', ['.map(shout)']),
  value('a helper with two columns', 'shout(text, who)', ['axis=1']),
  value('a helper with a keyword', 'shout(text, mark="?")'),
  value('a helper on a number', 'half(int(number))'),
  value('a lambda', '(lambda t: t[::-1])(text)'),
  value('a comprehension', '"".join(c for c in text if c.isalpha())'),
  value('words', 'len(text.split())'),
  value('a regular expression', 're.sub(r"\\W+", " ", text)'),
  value('a date', 'datetime.strptime(day, "%Y-%m-%d").year'),
  value('a piece', 'day.split("-")[1]'),
  value('the first piece', 'day.split("-")[0]', [
    '.str.split("-", regex=False).str[0]'
  ]),
  value('booleans', 'kind == "mail" and float(amount) > 0'),
  value('or as a default', 'text or "nothing"'),
  value('negative numbers', '-int(number)'),
  value('integer division', 'int(number) // 2'),
  value('a power', 'int(number) ** 2'),
  value('absolute', 'abs(float(amount))', ['.abs()']),
  value('length', 'len(text)', ['.str.len()']),
  value('maximum', 'max(len(text), 3)'),
  value('text of a number', 'str(int(number) + 1)'),
  value('a constant', '"x"'),
  {
    title: 'a ladder',
    cells: [
      eventLoop(`if kind == "mail":
    value = "m"
elif kind == "call":
    value = "c"
else:
    value = kind`)
    ]
  },
  {
    title: 'a value replaced under a condition',
    cells: [
      eventLoop('value = text.strip()\nif value == "":\n    value = "none"')
    ]
  },
  {
    title: 'a value built up',
    cells: [eventLoop('value = who\nvalue += "/"\nvalue += kind')]
  },
  {
    title: 'a walrus',
    cells: [
      eventLoop(
        'if (size := len(text)) > 5:\n    value = "long"\nelse:\n    value = "short"',
        'who, size, value'
      )
    ]
  },
  {
    title: 'tuple assignment',
    cells: [
      eventLoop(
        'year, month = day[:4], int(day[5:7])\nvalue = month * 2',
        'year, month, value'
      )
    ]
  },
  {
    title: 'a name that is used for two things',
    cells: [eventLoop('value = text\nvalue = value.lower()\nvalue = value[:3]')]
  },
  {
    title: 'an expensive value used twice',
    cells: [
      'def slow(text):\n    return len(text) * 2\n',
      eventLoop(
        'size = slow(text)\nif size > 6:\n    value = size\nelse:\n    value = -size',
        'who, size, value'
      )
    ],
    says: [/assign\(size=/]
  },
  {
    title: 'comments stay',
    cells: [
      `out = open("out.tsv", "w")
# the events of last year
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
    # nobody reads spam
    if kind == "spam":
        continue
    if who == "x":  # test account
        continue
    out.write(who + "\\t" + kind + "\\n")
`
    ],
    says: ['# nobody reads spam', '# test account']
  }
];
