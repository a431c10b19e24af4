import { eventLoop } from './variant';
import type { IVariant } from './variant';

const filter = (
  title: string,
  body: string,
  says?: IVariant['says']
): IVariant => ({
  title,
  cells: [
    'import re\nCITIES = ["Oslo", "Bern"]\nKINDS = {"mail", "call"}\nLEVELS = {"a": 1, "b": 2}\nWORD = "od"\n\ndef first(text):\n    return text[:1]\n',
    eventLoop(`${body}\nvalue = kind`)
  ],
  says
});

export const filtering: IVariant[] = [
  filter('continue', 'if kind == "spam":\n    continue', [
    'events["kind"] != "spam"'
  ]),
  filter(
    'several conditions in one test',
    'if kind == "spam" or who == "x":\n    continue'
  ),
  filter(
    'a condition that would fail for later rows',
    'if text == "" or text[0] == "b":\n    continue',
    ['events["text"] != ""']
  ),
  filter('a constant set', 'if kind not in KINDS:\n    continue', [
    '.isin(KINDS)'
  ]),
  filter('a constant dictionary', 'if who not in LEVELS:\n    continue', [
    '.isin(LEVELS)'
  ]),
  filter('a constant text', 'if WORD not in text:\n    continue', [
    '.str.contains(WORD, regex=False)'
  ]),
  filter('characters of a constant text', 'if who not in "abc":\n    continue'),
  filter('a comparison chain', 'if not 0 <= float(amount) < 40:\n    continue'),
  filter('truth of a text', 'if not text:\n    continue', [
    'events["text"] != ""'
  ]),
  filter('truth of a number', 'if not int(float(amount)):\n    continue'),
  filter('a helper that gives text', 'if not first(text):\n    continue'),
  filter(
    'a regular expression',
    'if not re.match(r"[A-Zg]", text):\n    continue'
  ),
  filter(
    'nested continue',
    'if kind == "mail":\n    if float(amount) < 0:\n        continue',
    ['axis=1']
  ),
  filter(
    'a flag',
    'ok = kind == "mail" and who != "x"\nif not ok:\n    continue'
  ),
  filter(
    'a flag used twice',
    'late = day >= "2023"\nif not late:\n    continue\nif late and who == "x":\n    continue'
  ),
  filter('numbers', 'n = int(number)\nif n % 2 == 0 or n > 4:\n    continue'),
  filter(
    'a conversion that stops on bad data',
    'n = int(number)\nif kind == "spam":\n    continue'
  ),
  filter(
    'double negation',
    'if not not text:\n    pass\nif not (not text):\n    pass'
  ),
  filter('is in a tuple', 'if (kind == "mail") is False:\n    continue'),
  filter('pass and else', 'if kind == "mail":\n    pass\nelse:\n    continue'),
  filter(
    'elif continue',
    'if kind == "mail":\n    pass\nelif kind == "call":\n    continue\nelse:\n    pass'
  ),
  filter(
    'an inner loop over constants',
    'found = False\nfor word in ["od", "oo"]:\n    if word in text:\n        found = True\n        break\nif not found:\n    continue',
    ['def found_of(text):']
  ),
  filter(
    'a progress message',
    'if int(number) % 1000 == 0:\n    print("at", number)'
  ),
  filter(
    'a ternary condition',
    'if (text if kind == "mail" else who) == "":\n    continue'
  )
];
