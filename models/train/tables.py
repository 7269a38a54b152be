"""Loads the fact tables in ``tables/``.

Every table was compiled by hand, from general knowledge, for this project. Lines are fields separated by ``|``;
``#`` starts a comment; ``-`` is an absent field.
"""
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "tables"


def read(name: str) -> list[list[str]]:
    """The rows of one table, as lists of fields (an absent field is the empty string)."""
    rows = []
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            rows.append(["" if field == "-" else field for field in line.split("|")])
    return rows


COUNTRY_FIELDS = ("name", "capital", "continent", "language", "currency", "demonym")
COUNTRIES = [dict(zip(COUNTRY_FIELDS, row)) for row in read("countries")]
ELEMENTS = [(name, symbol, number) for number, (name, symbol) in enumerate(read("elements"), 1)]
OPPOSITES = [(row[0], row[1]) for row in read("opposites")]
OPPOSITES += [(row[1], row[0]) for row in read("opposites") if len(row) == 2]
PLURALS = [tuple(row) for row in read("plurals")]
PAST = [tuple(row) for row in read("past")]
ANIMALS = [tuple(row) for row in read("animals")]
WORKS = [tuple(row) for row in read("works")]
ATHLETES = [tuple(row) for row in read("athletes")]
WORDS = dict((row[0], row[1].split()) for row in read("words"))
CAPITAL_OF = {row["name"]: row["capital"] for row in COUNTRIES}
