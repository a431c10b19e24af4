/**
 * Random messy programs: preparations put together from ways in which people
 * write loops, and data that hits their corners.
 */
import * as fc from 'fast-check';

const HEADER = `import re
CITIES = ["Oslo", "Bern", "Rome"]
BLOCKED = {"spam", "ads"}
LIMIT = 30


def is_good(text):
    return "good" in text.lower()


def rank(text):
    if len(text) > 12:
        return "long"
    return "short"
`;

/** Conditions over the fields of an event; none can raise. */
const CONDITIONS = [
  'kind not in BLOCKED',
  'kind in ("mail", "call")',
  'kind != "spam"',
  'is_good(text)',
  'not is_good(text)',
  '"bad" not in text',
  '"o" in text.lower()',
  'text.startswith("good")',
  'len(text) > 5',
  'text',
  'text.strip() != ""',
  'day[:4] == "2023"',
  'day >= "2023-02"',
  '"2022" < day < "2024"',
  'kind == "mail" or text.endswith("!")',
  'not (kind == "spam" or len(text) > 14)',
  'kind == "mail" and not text.startswith("bad") or is_good(text)',
  'any(word in text for word in ["good", "bad"])',
  're.search(r"o+d", text)',
  'kind.upper() == "MAIL"',
  'rank(text) == "long"',
  '{"mail": True, "call": False}.get(kind)'
];

/** Conditions that raise for some data. */
const RISKY = [
  'int(amount) >= LIMIT',
  'float(amount) * 2 < 100',
  'int(day[5:7]) <= 6',
  'int(amount) % 2 == 0'
];

/** Values over the fields of an event. */
const VALUES = [
  'text',
  'text.lower()',
  'text.upper()',
  'text.replace("o", "0")',
  'kind + "/" + day',
  'f"{kind}:{who}"',
  'len(text)',
  'len(text) * 2 + 1',
  'len(text.split())',
  'text[:4]',
  'text[-3:]',
  'day.split("-")[0]',
  'rank(text)',
  'is_good(text)',
  'kind == "mail"',
  '"yes" if is_good(text) else "no"',
  'text if kind == "mail" else kind',
  '1 if kind == "mail" else 0',
  'str(len(text))',
  '(len(text) - 3) // 2',
  'text.count("o")',
  'text.title()',
  'who.zfill(4)',
  'kind in CITIES',
  'max(len(kind), len(text))',
  're.sub(r"[aeiou]", "", text)'
];

const RISKY_VALUES = [
  'int(amount)',
  'float(amount)',
  'int(amount) / 4',
  'amount.split(".")[1]'
];

interface IGuard {
  condition: string;
  /** How the row is let go, or kept. */
  form: 'continue' | 'nest';
}

/** One program with its data. */
export interface IProgram {
  cells: string[];
  files: Record<string, string>;
}

const guard = (conditions: readonly string[]): fc.Arbitrary<IGuard> =>
  fc.record({
    condition: fc.constantFrom(...conditions),
    form: fc.constantFrom<IGuard['form']>('continue', 'nest')
  });

const field = (...values: string[]): fc.Arbitrary<string> =>
  fc.constantFrom(...values);

const person = fc
  .tuple(
    field('a', 'b', 'c', 'd', 'A', ' e'),
    field('Oslo', 'Bern', 'Rome', 'Lima', 'oslo', ''),
    field('gold', 'basic', 'gold ', 'Gold'),
    field('31', '18', '30', '07', '64')
  )
  .map(fields => fields.join(','));

const event = fc
  .tuple(
    field('a', 'b', 'c', 'd', 'e', 'x'),
    field('mail', 'call', 'spam', 'ads', 'Mail'),
    field('2023-02-11', '2022-12-31', '2023-07-01', '2024-01-05'),
    field('12', '30', '47', '-3', ' 8', '31'),
    field(
      'good food',
      'Good day!',
      'bad',
      '',
      'so-so mood today',
      ' odd ',
      'größe ÄÖ!',
      'no'
    )
  )
  .map(fields => fields.join(','));

/** Now and then a value that no number can be made of. */
const spoiled = fc
  .tuple(
    fc.array(event, { maxLength: 12 }),
    fc.integer({ min: 0, max: 11 }),
    fc.integer({ min: 0, max: 9 })
  )
  .map(([rows, at, dice]) =>
    dice === 0 && rows[at]
      ? rows.map((row, index) =>
          index === at ? row.replace(/,-?\s?\d+,/, ',n/a,') : row
        )
      : rows
  );

const data = fc
  .tuple(fc.array(person, { maxLength: 8 }), spoiled, fc.constantFrom('\n', ''))
  .map(([people, events, end]) => ({
    'people.csv': people.map(row => `${row}\n`).join(''),
    'events.csv': events.join('\n') + (events.length > 0 ? end : '')
  }));

type Collection = 'dict' | 'tuple-dict' | 'set' | 'none';

/** How the result leaves the loop. */
const WRITERS: readonly ((names: string[]) => {
  open: string;
  write: string;
  close: string;
})[] = [
  names => ({
    open: 'out = open("out.tsv", "w")',
    write: `out.write(f"${names.map(name => `{${name}}`).join('\\t')}\\n")`,
    close: 'out.close()'
  }),
  names => ({
    open: 'out = open("out.tsv", "w")',
    write: `out.write("\\t".join([${names.map(name => `str(${name})`).join(', ')}]) + "\\n")`,
    close: 'out.close()'
  }),
  names => ({
    open: 'out = open("out.tsv", "w")',
    write: `out.write("${names.map(() => '%s').join('\\t')}\\n" % (${names.join(', ')},))`,
    close: 'out.close()'
  }),
  names => ({
    open: 'out = open("out.tsv", "w")',
    write: `print(${names.join(', ')}, sep="\\t", file=out)`,
    close: 'out.close()'
  }),
  names => ({
    open: 'rows = []',
    write: `rows.append((${names.join(', ')},))`,
    close: ''
  })
];

interface IShape {
  strip: string;
  collection: Collection;
  peopleGuard: IGuard | null;
  guards: IGuard[];
  probe: 'first' | 'last' | 'anti';
  values: string[];
  conditional: boolean;
  writer: number;
}

const shape: fc.Arbitrary<IShape> = fc.record({
  strip: fc.constantFrom('.strip()', '.rstrip("\\n")', '.rstrip()'),
  collection: fc.constantFrom<Collection>('dict', 'tuple-dict', 'set', 'none'),
  peopleGuard: fc.option(
    guard(['city in CITIES', 'level == "gold"', 'int(age) >= LIMIT', 'city'])
  ),
  guards: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: guard(CONDITIONS) },
      { weight: 1, arbitrary: guard(RISKY) }
    ),
    {
      maxLength: 3
    }
  ),
  probe: fc.constantFrom<IShape['probe']>('first', 'last', 'anti'),
  values: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...VALUES) },
      { weight: 1, arbitrary: fc.constantFrom(...RISKY_VALUES) }
    ),
    { minLength: 1, maxLength: 4 }
  ),
  conditional: fc.boolean(),
  writer: fc.nat(WRITERS.length - 1)
});

/** A random program. */
export const program: fc.Arbitrary<IProgram> = fc
  .tuple(shape, data)
  .map(([form, files]) => ({ cells: [HEADER, source(form)], files }));

function source(form: IShape): string {
  const lines = [...peopleLoop(form)];
  const names = ['who', ...form.values.map((_, at) => `v${at}`)];
  const found =
    form.probe !== 'anti' &&
    (form.collection === 'dict' || form.collection === 'tuple-dict');
  const columns = found ? [...names, 'city'] : names;
  if (form.conditional) {
    columns.push('group');
  }
  const writer = WRITERS[form.writer](columns);
  lines.push(writer.open, 'for line in open("events.csv"):');
  const body = new Body();
  body.add(`who, kind, day, amount, text = line${form.strip}.split(",")`);
  if (form.collection !== 'none' && form.probe !== 'last') {
    body.guard({
      condition: `who ${form.probe === 'anti' ? 'not in' : 'in'} people`,
      form: 'continue'
    });
  }
  form.guards.forEach(each => body.guard(each));
  if (form.collection !== 'none' && form.probe === 'last') {
    body.guard({ condition: 'who in people', form: 'nest' });
  }
  if (found) {
    body.add(
      form.collection === 'dict'
        ? 'city = people[who]'
        : 'city, level, gold = people[who]'
    );
  }
  form.values.forEach((value, at) => body.add(`v${at} = ${value}`));
  if (form.conditional) {
    body.add(
      'if kind == "mail":',
      '    group = text.lower()',
      'elif is_good(text):',
      '    group = "good"',
      'else:',
      '    group = kind'
    );
  }
  body.add(writer.write);
  lines.push(...body.lines, writer.close);
  return lines.filter(line => line !== '').join('\n') + '\n';
}

function peopleLoop(form: IShape): string[] {
  if (form.collection === 'none') {
    return [];
  }
  const body = new Body();
  body.add(`key, city, level, age = line${form.strip}.split(",")`);
  if (form.peopleGuard) {
    body.guard(form.peopleGuard);
  }
  body.add(
    form.collection === 'dict'
      ? 'people[key] = city'
      : form.collection === 'set'
        ? 'people.add(key)'
        : 'people[key] = (city, level, level == "gold")'
  );
  return [
    form.collection === 'set' ? 'people = set()' : 'people = {}',
    'for line in open("people.csv"):',
    ...body.lines
  ];
}

/** Lines of a loop body with its indentation. */
class Body {
  readonly lines: string[] = [];

  add(...lines: string[]): void {
    this.lines.push(...lines.map(line => this._indent + line));
  }

  guard({ condition, form }: IGuard): void {
    if (form === 'continue') {
      this.add(`if not (${condition}):`, '    continue');
    } else {
      this.add(`if ${condition}:`);
      this._indent += '    ';
    }
  }

  private _indent = '    ';
}
