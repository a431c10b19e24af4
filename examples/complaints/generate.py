"""Generate the customers and the mails of the complaints example.

Only the standard library is used; the same seed and size give the same bytes on every machine.

    python generate.py [--customers 1000] [--seed 7] [--out DIR] [--mails-per-customer 10]
"""

import argparse
import random
from datetime import date, timedelta
from pathlib import Path

TARGETS = ("UK", "DE", "FR")
ELSEWHERE = ("ES", "IT", "NL", "PL", "SE")
BANKS = {
    "UK": ("Albion Trust", "Northgate", "Thames Mutual"),
    "DE": ("Hansa Kredit", "Rheinbank", "Spreekasse"),
    "FR": ("Banque Lutece", "Credit du Rhone", "Caisse Armor"),
}
OTHER_BANKS = ("Iberica", "Banca Adria", "Polder Bank", "Wisla Bank")
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2025, 12, 31)

TARGET_SHARE = 0.75
PREMIUM_SHARE = 0.10
NEGATIVE_SHARE = 0.40
REENTERED_SHARE = 0.02  # customers entered a second time with the same e-mail
STRAY_SHARE = 0.01  # mails from an address no customer has
SPACE_SHARE = 0.01  # fields somebody typed a trailing space into
LEAK_SHARE = 0.025  # German negative mails whose subject carries a card number
FEWEST_LEAKS = 6  # so that small data sets tell the story too

FIRST_NAMES = (
    "alice", "amir", "anna", "benoit", "carla", "chloe", "david", "elif", "emma", "felix", "greta", "hannah",
    "hugo", "ines", "jan", "jonas", "julie", "karim", "lara", "leon", "lucas", "marie", "mehmet", "nadia",
    "nils", "olga", "oscar", "paul", "priya", "rosa", "sofia", "theo", "tom", "uma", "victor", "yara",
)  # fmt: skip
LAST_NAMES = (
    "adler", "bauer", "bernard", "brown", "clarke", "diallo", "dubois", "evans", "fischer", "fontaine", "garcia",
    "hall", "hoffmann", "janssen", "kaya", "keller", "lambert", "lopez", "martin", "meyer", "moreau", "nguyen",
    "novak", "okafor", "patel", "petit", "richter", "rossi", "roux", "schmidt", "singh", "taylor", "vogel", "weber",
)  # fmt: skip

# Each language: greetings, subjects, what the mail is about, and how the writer feels about it.
# {ref}, {amount}, {day} and {name} are filled in, so hardly any two mails are alike.
ENGLISH = {
    "greeting": ("Hello", "Dear team", "Good morning", "To whom it may concern", "Hi there"),
    "subject": ("Transfer {ref}", "My account {ref}", "Card payment of EUR {amount}", "Your fee of EUR {amount}",
                "Question about {ref}", "Letter of {day}", "Mortgage offer {ref}", "Branch visit on {day}"),
    "topic": ("the transfer of EUR {amount} on {day} is booked under {ref}",
              "the fee of EUR {amount} appears on my statement of {day}",
              "my credit card was charged EUR {amount} under {ref}",
              "the mortgage offer {ref} over EUR {amount} arrived on {day}",
              "my account shows EUR {amount} since {day}",
              "I visited your branch on {day} and asked for {name}",
              "{name} called me about {ref} on {day}"),
    "negative": ("This is unacceptable and I am angry.", "The amount is wrong and {name} refused to look.",
                 "I am disappointed: the service is terrible.", "What a scandal! The worst bank I know.",
                 "An awful answer from {name}.", "I am disappointed by {name} and file a complaint."),
    "positive": ("Thanks to {name} for the quick help.", "I am pleased with the excellent service.",
                 "{name} was friendly and helpful.", "A great branch and a perfect answer from {name}."),
    "neutral": ("Please confirm by letter to {name}.", "Could you send me a copy?", "I will come by on {day}.",
                "Please tell {name} about it."),
}  # fmt: skip
GERMAN = {
    "greeting": ("Guten Tag", "Sehr geehrte Damen und Herren", "Hallo", "Liebes Team", "Moin"),
    "subject": ("Überweisung {ref}", "Mein Konto {ref}", "Kartenzahlung EUR {amount}", "Gebühr von EUR {amount}",
                "Frage zu {ref}", "Ihr Brief vom {day}", "Kreditangebot {ref}", "Besuch am {day}"),
    "topic": ("die Überweisung von EUR {amount} am {day} lief unter {ref}",
              "die Gebühr von EUR {amount} steht auf dem Auszug vom {day}",
              "meine Karte wurde mit EUR {amount} belastet unter {ref}",
              "das Kreditangebot {ref} über EUR {amount} kam am {day}",
              "mein Konto zeigt EUR {amount} seit dem {day}",
              "ich war am {day} in der Filiale und fragte nach {name}",
              "{name} rief mich am {day} wegen {ref} an"),
    "negative": ("Das ist inakzeptabel und ich bin enttäuscht.", "Der Betrag ist falsch und {name} hat Hilfe verweigert.",
                 "Sehr ärgerlich! Der Service ist schlecht.", "Eine Katastrophe und unverschämt obendrein.",
                 "Ich bin enttäuscht von {name} und lege Beschwerde ein."),
    "positive": ("Danke an {name} für die schnelle Hilfe: ich bin zufrieden.", "Der Service ist hervorragend.",
                 "{name} war freundlich und hilfreich.", "Perfekt gelöst und dankbar bin ich auch."),
    "neutral": ("Bitte bestätigen Sie das {name}.", "Senden Sie mir eine Kopie?", "Ich komme am {day} vorbei.",
                "Bitte sagen Sie {name} Bescheid."),
}  # fmt: skip
FRENCH = {
    "greeting": ("Bonjour", "Madame Monsieur", "Chère équipe", "Bonsoir", "Cher service client"),
    "subject": ("Virement {ref}", "Mon compte {ref}", "Paiement par carte EUR {amount}", "Frais de EUR {amount}",
                "Question sur {ref}", "Votre lettre du {day}", "Offre de prêt {ref}", "Visite du {day}"),
    "topic": ("le virement de EUR {amount} du {day} porte la référence {ref}",
              "les frais de EUR {amount} figurent sur le relevé du {day}",
              "ma carte a été débitée de EUR {amount} sous {ref}",
              "une offre de prêt {ref} sur EUR {amount} est arrivée le {day}",
              "mon compte affiche EUR {amount} depuis le {day}",
              "je suis passé en agence le {day} pour voir {name}",
              "{name} a appelé le {day} au sujet de {ref}"),
    "negative": ("Je suis furieux et très déçu.", "Le montant est une erreur et {name} a refusé de vérifier.",
                 "Un service inacceptable et honteux.", "Quelle catastrophe! Un mauvais accueil de {name}.",
                 "Je suis déçu par {name} et dépose une réclamation."),
    "positive": ("Merci à {name} pour cette réponse rapide.", "Je suis ravi et content du service.",
                 "{name} fut aimable et utile.", "Un accueil parfait et formidable."),
    "neutral": ("Veuillez confirmer par courrier à {name}.", "Pouvez-vous envoyer une copie?",
                "Je passerai le {day}.", "Veuillez prévenir {name}."),
}  # fmt: skip
LANGUAGES = {"UK": ENGLISH, "DE": GERMAN, "FR": FRENCH}


def luhn_digit(digits):
    """Return the digit that makes a card number pass the Luhn check."""
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits))]
    return str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def card_numbers(rng):
    """Yield card numbers of a test range, each once, written in groups of four."""
    seen = set()
    while True:
        digits = f"49291234{rng.randrange(10**7):07d}"
        if digits not in seen:
            seen.add(digits)
            digits += luhn_digit(digits)
            yield " ".join(digits[i : i + 4] for i in range(0, 16, 4))


def make_customers(rng, count):
    """Return rows (id, e-mail, bank, country, level); some e-mails come twice with other details."""
    rows = []
    for number in range(1, count + 1):
        if rows and rng.random() < REENTERED_SHARE:
            email = rng.choice(rows)[1]
        else:
            email = f"{rng.choice(FIRST_NAMES)}.{rng.choice(LAST_NAMES)}{number}@example.com"
        country = rng.choice(TARGETS if rng.random() < TARGET_SHARE else ELSEWHERE)
        bank = rng.choice(BANKS.get(country, OTHER_BANKS))
        level = "premium" if rng.random() < PREMIUM_SHARE else rng.choice(("basic", "standard"))
        rows.append([str(number), email, bank, country, level])
    return rows


def fill(rng, template):
    """Replace the template's placeholders by random details."""
    day = FIRST_DAY + timedelta(days=rng.randrange((LAST_DAY - FIRST_DAY).days + 1))
    return template.format(
        ref=f"{rng.choice('ABCDEFGH')}{rng.randrange(10**6):06d}",
        amount=f"{rng.randrange(1, 2500)}.{rng.randrange(100):02d}",
        day=day.isoformat(),
        name=f"{rng.choice(FIRST_NAMES).title()} {rng.choice(LAST_NAMES).title()}",
    )


def make_mail(rng, email, country):
    """Return one mail (e-mail, date, subject, text) and its mood."""
    words = LANGUAGES.get(country, ENGLISH)
    mood = "negative" if rng.random() < NEGATIVE_SHARE else rng.choice(("positive", "neutral"))
    day = FIRST_DAY + timedelta(days=rng.randrange((LAST_DAY - FIRST_DAY).days + 1))
    subject = fill(rng, rng.choice(words["subject"]))
    text = f"{rng.choice(words['greeting'])} - {fill(rng, rng.choice(words['topic']))}. {fill(rng, rng.choice(words[mood]))}"
    return [email, day.isoformat(), subject, text], mood


def make_mails(rng, customers, each):
    """Return rows (id, e-mail, date, subject, text), shuffled, and the rows that are German and negative."""
    mails = []
    german_negative = []
    for _, email, _, country, _ in customers:
        for _ in range(each):
            mail, mood = make_mail(rng, email, country)
            if rng.random() < STRAY_SHARE:
                mail[0] = f"stray{rng.randrange(10**6)}@example.org"
            elif country == "DE" and mood == "negative":
                german_negative.append(mail)
            mails.append(mail)
    rng.shuffle(mails)
    return mails, german_negative


def leak_cards(rng, mails):
    """Write a card number into the subject of some of the mails."""
    count = min(len(mails), max(FEWEST_LEAKS, round(len(mails) * LEAK_SHARE)))
    for mail, number in zip(rng.sample(mails, count), card_numbers(rng), strict=False):
        mail[2] = f"{mail[2]} Karte {number}"


def add_spaces(rng, rows):
    """Type a trailing space into a few fields, as people do; most of them at the end of the line."""
    for row in rows:
        if rng.random() < SPACE_SHARE:
            row[-1] += " "
        if rng.random() < SPACE_SHARE / 5:
            row[rng.randrange(1, len(row) - 1)] += " "


def write(path, rows):
    """Write rows as lines of comma-separated fields, without header and quotes."""
    for row in rows:
        for field in row:
            if any(sign in field for sign in ',\t"\n'):
                raise ValueError(f"{path.name}: field {field!r} holds a separator or a quote")
    path.write_bytes("".join(",".join(row) + "\n" for row in rows).encode("utf-8"))


def generate(customers=1000, seed=7, out=None, mails_per_customer=10):
    """Write customers.csv and mails.csv and return their paths.

    Parameters
    ----------
    customers : int
        How many customers to make (lines of customers.csv).
    seed : int
        Seed of the random numbers.
    out : path, optional
        The folder to write into; this file's folder by default.
    mails_per_customer : int
        How many mails each of them writes.
    """
    if customers < 1 or mails_per_customer < 1:
        raise ValueError(
            f"need at least one customer and one mail each, got {customers} and {mails_per_customer}"
        )
    rng = random.Random(seed)
    folder = Path(out) if out is not None else Path(__file__).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    people = make_customers(rng, customers)
    mails, german_negative = make_mails(rng, people, mails_per_customer)
    leak_cards(rng, german_negative)
    mails = [[str(number), *mail] for number, mail in enumerate(mails, start=1)]
    add_spaces(rng, people)
    add_spaces(rng, mails)
    write(folder / "customers.csv", people)
    write(folder / "mails.csv", mails)
    return folder / "customers.csv", folder / "mails.csv"


def main():
    """Read the command line and generate."""
    parser = argparse.ArgumentParser(
        description="Generate customers.csv and mails.csv of the complaints example."
    )
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--out", default=None, help="folder to write into (default: next to this file)"
    )
    parser.add_argument("--mails-per-customer", type=int, default=10)
    options = parser.parse_args()
    for path in generate(options.customers, options.seed, options.out, options.mails_per_customer):
        print(path)


if __name__ == "__main__":
    main()
