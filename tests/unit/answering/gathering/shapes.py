"""Documents of which there are several versions, in five shapes."""

from dataclasses import replace

from rag.answering.gathering.versions import Version, read_version
from rag.text.sentences import split_sentences
from rag.text.stemming import stem
from rag.types import Document
from tests.unit.conftest import make_document

POOL_2022 = make_document(
    """# Rules of the open-air pool 2022

## Opening

- The pool opens on 15 May and closes on 10 September.
- On hot days it may stay open until 21:00.

## Guests

A member may bring one guest a day. Guests pay 4 euro at the gate.
Children under 8 must be with an adult in the water.

## Lockers

A locker key costs a deposit of 10 euro. Lost keys are replaced for 12 euro.

Dogs are not allowed on the lawn.
""",
    "rules/pool_rules_2022.md",
    "Rules of the open-air pool 2022",
    "a" * 16,
)
POOL_2025 = make_document(
    """# Rules of the open-air pool

Valid from 1 May 2025. These rules replace those of 2022.

## Opening

- The pool opens on 15 May and closes on 20 September.
- On hot days it may stay open until 21:00.

## Guests

A member may bring two guests a day. Guests pay 5.50 euro at the gate.
Children under 10 must be with an adult in the water.

## Lockers

A locker key costs a deposit of 10 euro. Lost keys are replaced for 12 euro.

## Photography

Taking pictures of other guests is forbidden.
""",
    "rules/pool rules (final, new).md",
    "Rules of the open-air pool",
    "b" * 16,
)
BAKERY_OLD = make_document(
    "Article,Product,Price 2023 (EUR),Weight\nB1,Rye loaf,4.20,1000 g\nB2,Spelt loaf,5.10,750 g\n"
    "B3,Poppy seed roll,0.95,60 g\nB4,Butter pretzel,1.60,90 g\nB5,Plum cake,2.80,150 g\nB6,Onion bread,4.90,500 g\n",
    "Preise_2023.csv",
    "Preise_2023",
    "c" * 16,
)
BAKERY_NEW = make_document(
    "No.;Item;Size;New price\nB1;Rye loaf;1000 g;4.60\nB2;Spelt loaf;750 g;5.10\nB3;Poppy seed roll;60 g;1.05\n"
    "B4;Butter pretzel;90 g;1.80\nB5;Plum cake;150 g;3.10\nB9;Walnut bread;500 g;5.40\n",
    "price list bakery v2 2024.csv",
    "price list bakery v2 2024",
    "d" * 16,
)
SATZUNG_2019 = make_document(
    """# Satzung des Ruderclubs Seeblick 1921 e. V.

Fassung vom 12. März 2019

## § 5 Kündigung

Die Kündigung ist schriftlich an den Vorstand zu richten.
Sie ist nur zum Jahresende mit einer Frist von drei Monaten möglich.

## § 8 Mitgliederversammlung

Die Mitgliederversammlung findet einmal im Jahr statt. Die Einladung erfolgt per Brief zwei Wochen vorher.
Beschlüsse werden mit einfacher Mehrheit gefasst.

## § 9 Vorstand

Der Vorstand besteht aus drei Personen. Er wird für zwei Jahre gewählt.
""",
    "Satzung_alt.md",
    "Satzung des Ruderclubs Seeblick 1921 e. V.",
    "e" * 16,
)
SATZUNG_2024 = make_document(
    """# Satzung des Ruderclubs Seeblick 1921 e. V.

Fassung vom 3. Mai 2024, eingetragen ins Vereinsregister.

## § 5 Kündigung

Die Kündigung ist in Textform an den Vorstand zu richten.
Sie ist nur zum Jahresende mit einer Frist von sechs Wochen möglich.

## § 8 Mitgliederversammlung

Die Mitgliederversammlung findet einmal im Jahr statt. Die Einladung erfolgt per E-Mail vier Wochen vorher.
Beschlüsse werden mit einfacher Mehrheit gefasst.

## § 9 Vorstand

Der Vorstand besteht aus fünf Personen. Er wird für zwei Jahre gewählt.
""",
    "Satzung (endgültig).md",
    "Satzung des Ruderclubs Seeblick 1921 e. V.",
    "f" * 16,
)
RELEASES = make_document(
    """<html><head><title>What's new</title></head><body><h1>What's new</h1>
<h2>Version 3.1 (12 May 2026)</h2><ul><li>Exports now hold the time zone of each entry.</li>
<li>The free plan keeps entries for 60 days instead of 30.</li></ul>
<h2>Version 3.0 (2 February 2026)</h2>
<ul><li>Dark mode on all screens.</li><li>The fax button has been removed.</li></ul>
<h2>Version 2.9 (1 October 2025)</h2><ul><li>Tags can be merged.</li></ul></body></html>""",
    "whatsnew.html",
    "What's new",
    "1" * 16,
)
MINUTES_MAY = make_document(
    """# Minutes of the board meeting, 12 May 2025

Present: Ada Voss, Ben Okoro, Cleo Marsh.

## 3. Clubhouse roof

The board accepts the offer of Harlow & Sons for 18,400 euro. Work begins on 2 June.

## 4. Summer party

The summer party takes place on 19 July in the boathouse.
""",
    "minutes-2025-05-12.md",
    "Minutes of the board meeting, 12 May 2025",
    "2" * 16,
)
MINUTES_JUNE = make_document(
    """# Minutes of the board meeting, 16 June 2025

Present: Ada Voss, Ben Okoro. Apologies: Cleo Marsh.

## 1. Minutes of the last meeting

Correction: The board accepts the offer of Harlow & Sons for 14,800 euro. The minutes are approved with this change.

## 2. Youth regatta

The regatta is held on 30 August. Four crews have registered.

## 3. New boats

Two used eights are bought from the club in Marlow.
""",
    "minutes-2025-06-16.md",
    "Minutes of the board meeting, 16 June 2025",
    "3" * 16,
)


def version(document: Document, **facts: str) -> Version:
    return read_version(replace(document, **facts), split_sentences, stem)  # type: ignore[arg-type]  # facts are texts
