import type { IVariant } from './variant';

const FILES = {
  'people.csv':
    'key,city,age\na,Oslo,31\nb,"Bern, CH",18\nc,Rome,\na,Lima,44\n',
  'events.csv': 'who,kind,n\na,mail,1\nx,call,2\nb,mail,3\n'
};

const variant = (title: string, cell: string): IVariant => ({
  title,
  cells: [cell],
  files: FILES
});

const READ = 'import csv\n';

export const dictionaries: IVariant[] = [
  variant(
    'a list of dictionaries',
    `${READ}rows = []\nfor r in csv.DictReader(open("people.csv")):\n    rows.append({"key": r["key"], "old": r["age"] != "" and int(r["age"]) > 30, "city": r["city"].upper()})\n`
  ),
  variant(
    'fields that are set one by one',
    `${READ}rows = []\nfor r in csv.DictReader(open("people.csv")):\n    rec = {}\n    rec = {"key": r["key"]}\n    rec["city"] = r["city"]\n    if r["age"] == "":\n        rec["age"] = -1\n    else:\n        rec["age"] = int(r["age"])\n    rows.append(rec)\n`
  ),
  variant(
    'whole rows',
    `${READ}rows = []\nfor r in csv.DictReader(open("people.csv")):\n    if r["age"] == "":\n        continue\n    rows.append(r)\n`
  ),
  variant(
    'whole rows with more',
    `${READ}rows = []\nfor r in csv.DictReader(open("people.csv")):\n    d = dict(r)\n    d["n"] = len(d["city"])\n    d["age"] = d["age"] or "0"\n    rows.append(d)\n`
  ),
  variant(
    'a dictionary of rows',
    `${READ}people = {}\nfor r in csv.DictReader(open("people.csv")):\n    people[r["key"]] = r\nrows = []\nfor e in csv.DictReader(open("events.csv")):\n    p = people.get(e["who"])\n    if p is None:\n        continue\n    rows.append({"who": e["who"], "city": p["city"], "n": int(e["n"])})\n`
  ),
  variant(
    'a default dictionary',
    `${READ}people = {}\nfor r in csv.DictReader(open("people.csv")):\n    people[r["key"]] = {"city": r["city"], "age": r["age"]}\nrows = []\nfor e in csv.DictReader(open("events.csv")):\n    p = people.get(e["who"], {})\n    rows.append({"who": e["who"], "city": p.get("city", "nowhere")})\n`
  ),
  variant(
    'dictionaries changed in a second loop',
    `${READ}rows = []\nfor r in csv.DictReader(open("people.csv")):\n    rows.append({"key": r["key"], "city": r["city"]})\nfor r in rows:\n    r["short"] = r["city"][:2]\n    if r["key"] == "a":\n        r["key"] = "A"\n`
  )
];
