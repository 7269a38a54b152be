"""Writes the corpus: an endless, seeded stream of short documents, made from the tables and phrasings.

A document is text with *answer spans*: the stretches that a reader who knows the facts, names or rules can predict.
Held out from training, by rules that a test checks: phrasings, pairs of names, noun pairs, starting points of sequences, and
word sequences. The functions ``graded_*`` write prompts from exactly what was held out.
"""
import random
import re
import zlib
from dataclasses import dataclass, field

import tables
from phrasings import (AGREEMENT, IOI_ENDINGS, IOI_HELD_OUT_ENDINGS, IOI_HELD_OUT_OPENINGS, IOI_OPENINGS, MORE_PHRASINGS,
                       PHRASINGS, PREFIXES, PRONOUNS)
from tables import WORDS

NAMES = WORDS["women"] + WORDS["men"]


@dataclass
class Document:
    """Text, its answer spans (each from its leading space to its end), and whether the rest is worth learning."""

    text: str
    spans: list[tuple[int, int]] = field(default_factory=list)
    only_spans: bool = False


def held_out(*keys: object, one_in: int = 8) -> bool:
    """A fixed choice, about one in ``one_in``, of what training must not see."""
    return zlib.crc32("|".join(map(str, keys)).encode()) % one_in == 0


def held_out_pair(a: str, b: str) -> bool:
    """Whether two names may never meet in training."""
    return {a, b} == {"Mary", "John"} or held_out("pair", *sorted((a, b)))


def capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]


def article(word: str) -> str:
    return "an" if word[0] in "aeiouAEIOU" else "a"


def fill(template: str, values: dict[str, str]) -> str:
    """Fill ``{name}`` and ``{Name}``; the brackets around answers stay."""
    both = dict(values)
    both.update({capitalise(key): capitalise(value) for key, value in values.items() if capitalise(key) not in values})
    return template.format(**both)


def document(marked: str, only_spans: bool = False) -> Document:
    """Turn ``... is [Tokyo].`` into a document; the space before a bracket belongs to the answer."""
    marked = marked.replace(" a apple", " an apple")
    plain, spans, start = "", [], 0
    for part in re.split(r"([\[\]])", marked):
        if part == "[":
            start = len(plain) - 1 if plain.endswith(" ") else len(plain)
        elif part == "]":
            spans.append((start, len(plain)))
        else:
            plain += part
    return Document(plain, spans, only_spans)


# --- facts -----------------------------------------------------------------------------------------------------------

def facts() -> dict[str, list[dict[str, str]]]:
    """For every relation, the values that fill its phrasings."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in tables.COUNTRIES:
        name = row["name"]
        values = {"country": name, "poss": capitalise(name) + ("'" if name.endswith("s") else "'s")}
        values.update({key: row[key] for key in ("capital", "continent", "language", "currency", "demonym")})
        for relation in ("capital", "country", "continent", "language", "currency", "demonym"):
            found.setdefault(relation, []).append(values)
    for name, symbol, number in tables.ELEMENTS:
        values = {"element": name, "symbol": symbol, "number": str(number)}
        for relation in ("symbol", "element", "atomic number"):
            found.setdefault(relation, []).append(values)
    found["opposite"] = [{"word": a, "opposite": b} for a, b in tables.OPPOSITES]
    found["plural"] = [{"one": a, "many": b} for a, b in tables.PLURALS]
    found["past"] = [{"now": a, "past": b} for a, b in tables.PAST]
    for animal, young, sound in tables.ANIMALS:
        values = {"animal": animal, "a_animal": f"{article(animal)} {animal}"}
        if young:
            found.setdefault("young", []).append({**values, "young": young, "an": article(young)})
        if sound:
            found.setdefault("sound", []).append({**values, "sound": sound, "an": article(sound)})
    for work, verb, first, last in tables.WORKS:
        kind = verb.split(" by ")
        author = f"{first} {last}" if first else f"{kind[1]} {last}"
        found.setdefault("author", []).append({"work": work, "verb": kind[0], "author": author})
    for athlete, verb, sport, team in tables.ATHLETES:
        values = {"athlete": athlete, "verb": verb, "sport": sport, "team": team}
        found.setdefault("sport", []).append(values)
        found.setdefault("team", []).append(values)
    return found


FACTS = facts()
COUNTRY_RELATIONS = ["country", "continent", "language", "currency", "demonym"]
OTHER_RELATIONS = ["symbol", "element", "atomic number", "opposite", "plural", "past", "young", "sound", "author",
                   "sport", "team"]
OTHER_WEIGHTS = [len(FACTS[relation]) * (0.5 if relation == "atomic number" else 1) for relation in OTHER_RELATIONS]


def with_prefix(rng: random.Random, template: str, chance: float = 0.12) -> str:
    if rng.random() >= chance or "?" in template or ":" in template or template.startswith(("Question", "If ")):
        return template
    first, rest = template.split(" ", 1)
    if first.startswith("{"):
        lowered = first.replace("{Capital}", "{capital}").replace("{Country}", "{country}")
        lowered = lowered if first in ("{Capital}", "{Country}") else first
    else:
        lowered = first if first in ("Friends", "I", "Yesterday") else first[0].lower() + first[1:]
    if first == "{poss}":
        return template
    return rng.choice(PREFIXES) + lowered + " " + rest


def sentence(rng: random.Random, relation: str, values: dict[str, str]) -> str:
    return fill(with_prefix(rng, rng.choice(PHRASINGS[relation][0])), values)


def capital_text(rng: random.Random) -> str:
    """One to three sentences about capitals."""
    count = rng.choice((1, 1, 1, 2, 3))
    return " ".join(sentence(rng, "capital", values) for values in rng.sample(FACTS["capital"], count))


def more_text(rng: random.Random, relation: str) -> str:
    """One or two sentences in the phrasings that the tokenizer's text has not."""
    return " ".join(fill(rng.choice(MORE_PHRASINGS[relation]), values)
                    for values in rng.sample(FACTS[relation], rng.choice((1, 1, 2))))


def country_text(rng: random.Random) -> str:
    """Facts about countries, or several facts about one."""
    if rng.random() < 0.35:
        values = rng.choice(FACTS["capital"])
        chosen = rng.sample(["capital", "continent", "language", "currency", "demonym"], rng.choice((2, 3)))
        parts = [sentence(rng, chosen[0], values)]
        parts += [fill(rng.choice(ITS[relation]), values) for relation in chosen[1:]]
        return " ".join(parts)
    count = rng.choice((1, 1, 2, 3))
    weights = (2, 1, 1, 1, 1)
    return " ".join(sentence(rng, rng.choices(COUNTRY_RELATIONS, weights)[0], rng.choice(FACTS["capital"]))
                    for _ in range(count))


ITS = {
    "capital": ["Its capital is [{capital}].", "The capital is [{capital}].", "The name of its capital is [{capital}]."],
    "continent": ["It is in [{continent}].", "It is a country in [{continent}]."],
    "language": ["Its main language is [{language}].", "The people there speak [{language}]."],
    "currency": ["Its currency is the [{currency}].", "People there pay with the [{currency}]."],
    "demonym": ["A person from there is called [{demonym}].", "Someone from there is [{demonym}]."],
}


def other_text(rng: random.Random) -> str:
    """Facts that are not about countries."""
    relation = rng.choices(OTHER_RELATIONS, OTHER_WEIGHTS)[0]
    count = rng.choice((1, 1, 2, 3))
    return " ".join(sentence(rng, relation, values) for values in rng.sample(FACTS[relation], count))


def list_text(rng: random.Random) -> str:
    """Pairs side by side: analogies and lists with a colon, as people like to prompt."""
    relation, key, value = rng.choice((("capital", "country", "capital"), ("capital", "country", "language"),
                                       ("opposite", "word", "opposite"), ("plural", "one", "many"),
                                       ("past", "now", "past"), ("capital", "capital", "country")))
    chosen = rng.sample(FACTS[relation], rng.choice((2, 3, 4)))
    if rng.random() < 0.4:
        pairs = [f"{v[key]} is to {f'[{v[value]}]' if i else v[value]}" for i, v in enumerate(chosen[:2])]
        return capitalise(" as ".join(pairs)) + "."
    sign, gap = rng.choice(((":", "\n"), (":", ", "), (" -", "\n"), (":", ". "), (" =", "\n")))
    return gap.join(f"{v[key]}{sign} {f'[{v[value]}]' if i else v[value]}" for i, v in enumerate(chosen))


def plain_text(rng: random.Random) -> str:
    """Things everyone knows."""
    return " ".join(row[0] for row in rng.sample(SENTENCES, rng.choice((1, 1, 2, 3))))


SENTENCES = tables.read("sentences")


# --- names, objects, agreement ---------------------------------------------------------------------------------------

def name_pair(rng: random.Random, wanted: bool = False) -> tuple[str, str]:
    """Two names; from the held-out pairs if ``wanted``."""
    while True:
        a, b = rng.sample(NAMES, 2)
        if held_out_pair(a, b) == wanted:
            return a, b


def ioi_sentence(rng: random.Random, graded: bool = False, mixed: bool = False) -> str:
    """Two people, and one gives something to [the other]. ``mixed``: a held-out phrasing on one side only."""
    a, b = name_pair(rng, graded)
    openings = IOI_HELD_OUT_OPENINGS if graded and not mixed else IOI_OPENINGS
    endings = IOI_HELD_OUT_ENDINGS if graded else IOI_ENDINGS
    giver, other = rng.choice(((a, b), (b, a)))
    return fill(rng.choice(openings) + rng.choice(endings), {
        "A": a, "B": b, "S": giver, "I": other, "place": rng.choice(WORDS["places"]),
        "object": rng.choice(WORDS["objects"]), "object2": rng.choice(WORDS["objects"])})


def ioi_text(rng: random.Random) -> str:
    return " ".join(ioi_sentence(rng) for _ in range(rng.choice((1, 1, 1, 2))))


BE = {"be": ("is", "are"), "was": ("was", "were"), "has": ("has", "have")}


def agreement_sentence(rng: random.Random, graded: bool = False) -> str:
    verb = rng.choices(("be", "was", "has"), (3, 2, 1))[0]
    template = rng.choice(AGREEMENT[verb][1 if graded else 0])
    while True:
        plural, other_plural = rng.random() < 0.5, rng.random() < 0.5
        noun = rng.choice(WORDS["plural" if plural else "singular"])
        place = rng.choice(WORDS["attractors"] + WORDS["singular"])
        if held_out("nouns", noun, place) == graded:
            break
    plurals = dict(zip(WORDS["singular"], WORDS["plural"]))
    plurals["city"] = "cities"
    other = plurals.get(place, place + "s") if other_plural else place
    return fill(template, {"noun": noun, "other": other, "state": rng.choice(WORDS["states"]),
                           "color": rng.choice(WORDS["colors"]), verb: BE[verb][plural]})


FORMS = {"he": ("he", "she", "they"), "his": ("his", "her", "their"), "himself": ("himself", "herself", "themselves")}
PEOPLE = ["boys", "girls", "children", "teachers", "students", "doctors", "friends", "kings", "queens"]
WOMEN, MEN = ["girl", "woman", "queen", "mother", "lady"], ["boy", "man", "king", "father", "prince"]


def pronoun_sentence(rng: random.Random, graded: bool = False) -> str:
    kind = rng.choice(tuple(PRONOUNS))
    template = rng.choice(PRONOUNS[kind][1 if graded else 0])
    form = rng.choices((0, 1, 2), (2, 2, 1))[0]
    if form == 2:
        who = "the " + rng.choice(PEOPLE)
        template = template.replace("was {feeling}", "were {feeling}").replace("the mirror", "the mirror")
    elif rng.random() < 0.25:
        who = "the " + rng.choice((MEN, WOMEN)[form])
    else:
        who = rng.choice(WORDS[("men", "women")[form]])
    return fill(template, {"who": who, kind: FORMS[kind][form], "verb": rng.choice(WORDS["verbs"]),
                           "feeling": rng.choice(("happy", "sad", "tired", "hungry", "late", "sick")),
                           "noun": rng.choice(WORDS["singular"]), "object": rng.choice(WORDS["objects"]),
                           "place": rng.choice(WORDS["places"])})


def agreement_text(rng: random.Random) -> str:
    return " ".join((agreement_sentence if rng.random() < 0.5 else pronoun_sentence)(rng)
                    for _ in range(rng.choice((1, 1, 2, 3))))


# --- sequences and sums ----------------------------------------------------------------------------------------------

CYCLES = {name: WORDS[name] for name in ("days", "months", "seasons")}
LINES = {name: WORDS[name] for name in ("numbers", "tens", "ordinals", "letters")}
LINES["countdown"] = WORDS["numbers"][::-1]
LINES["small letters"] = [letter.lower() for letter in WORDS["letters"]]
LINES["digits"] = [str(number) for number in range(121)]
LINES["digits down"] = LINES["digits"][30::-1]
for step in (2, 5, 10):
    LINES[f"by {step}"] = [str(number) for number in range(0, 20 * step + 1, step)]
SEQUENCE_WEIGHTS = {"days": 3, "months": 3, "seasons": 1, "numbers": 4, "tens": 1, "ordinals": 1, "letters": 4,
                    "small letters": 1, "countdown": 2, "digits": 5, "digits down": 1, "by 2": 1, "by 5": 1, "by 10": 1}


def sequence_items(rng: random.Random, graded: bool = False) -> tuple[list[str], str]:
    """A run of a known sequence and its separator. Starting points (with a separator) are held out."""
    while True:
        name = rng.choices(tuple(SEQUENCE_WEIGHTS), tuple(SEQUENCE_WEIGHTS.values()))[0]
        separator = rng.choice((" ", ", "))
        if name in CYCLES:
            items = CYCLES[name]
            start, length = rng.randrange(len(items)), rng.randint(4, 9)
            run = [items[(start + i) % len(items)] for i in range(length)]
        else:
            items = LINES[name]
            start = rng.randrange(len(items) - 3) if rng.random() < 0.7 else rng.randrange(2)
            run = items[start:start + rng.randint(4, 12)]
        natural = start <= 1 and name not in CYCLES
        if (held_out("sequence", name, separator, start, one_in=5) and not natural) == graded:
            return run, separator


def sequence_text(rng: random.Random) -> str:
    items, separator = sequence_items(rng)
    if rng.random() < 0.3:
        items = [capitalise(items[0])] + items[1:]
    shown = 2
    text = separator.join(item if index < shown else f"[{item}]" for index, item in enumerate(items))
    return rng.choice(("", "", "", "", "Count: ", "The list goes: ")) + text + rng.choice(("", "", "."))


def sum_text(rng: random.Random) -> str:
    a, b = rng.randint(0, 10), rng.randint(0, 10)
    minus = rng.random() < 0.35
    if minus:
        a, b = max(a, b), min(a, b)
    result = a - b if minus else a + b
    words = WORDS["numbers"]
    say = (lambda n: words[n]) if rng.random() < 0.5 else str
    sign = "minus" if minus else "plus"
    if say is str and rng.random() < 0.6:
        return f"{a} {'-' if minus else '+'} {b} = [{result}]" + rng.choice(("", "."))
    template = rng.choice(("{a} {sign} {b} equals [{r}].", "{a} {sign} {b} is [{r}].", "What is {a} {sign} {b}? [{r}].",
                           "{A} {sign} {b} equals [{r}]."))
    return template.format(a=say(a), A=capitalise(say(a)), b=say(b), r=say(result), sign=sign)


# --- induction -------------------------------------------------------------------------------------------------------

def word_pool() -> list[str]:
    """Every word that the tables hold."""
    words = set(NAMES)
    for values in (value for rows in FACTS.values() for value in rows):
        for value in values.values():
            words.update(re.findall(r"[A-Za-z]+", value))
    for group in WORDS.values():
        words.update(group)
    return sorted(words)


POOL = word_pool()


def random_words(rng: random.Random, graded: bool = False, shortest: int = 5, longest: int = 14) -> list[str]:
    """Random words; a sequence whose first two words hash so is held out."""
    while True:
        words = rng.sample(POOL, rng.randint(shortest, longest))
        if held_out("words", words[0], words[1]) == graded:
            return words


def induction_text(rng: random.Random) -> str:
    """Random words, and then the same again: all but the first repeated word can be predicted."""
    words = random_words(rng)
    again = [word for _ in range(rng.choice((1, 1, 2))) for word in words]
    return " ".join(words) + " " + again[0] + "".join(f" [{word}]" for word in again[1:])


# --- stories ---------------------------------------------------------------------------------------------------------

def story_text(rng: random.Random) -> str:
    """A few connected sentences that mix people, facts and pronouns."""
    a, b = name_pair(rng)
    values = dict(rng.choice(FACTS["capital"]))
    other = rng.choice(FACTS["capital"])
    woman = a in WORDS["women"]
    animal = rng.choice(FACTS["young"])
    values.update(a=a, b=b, he="she" if woman else "he", his="her" if woman else "his",
                  him="her" if woman else "him", place=rng.choice(WORDS["places"]), object=rng.choice(WORDS["objects"]),
                  food=rng.choice(WORDS["foods"]), noun=rng.choice(WORDS["singular"]), animal=animal["a_animal"],
                  young=animal["young"], an=animal["an"], capital2=other["capital"], country2=other["country"],
                  day=rng.choice(WORDS["days"]), month=rng.choice(WORDS["months"]))
    openings = [
        "{a} lived in {country}, in the capital, [{capital}].",
        "Last {month} {a} went to {capital}, the capital of [{country}].",
        "On {day} {a} flew from {capital2} to {capital}, the capital of [{country}].",
        "{a} was born in {country}.",
        "One day {a} wanted to see {country}, so [{he}] went to the capital, [{capital}].",
        "{a} and {b} went to {country} in {month}.",
    ]
    middles = [
        "The people there speak [{language}].",
        "People there pay with the [{currency}].",
        "There [{he}] met [{his}] friend {b} at the {place}.",
        "[{He}] bought some {food} and a {object}.",
        "At the {place} [{he}] saw {animal} with a baby, {an} [{young}].",
        "{b} gave the {object} to [{a}].",
        "{a} gave some {food} to {b}, and {b} was happy.",
        "{b} asked about the capital of {country2}, and {a} said [{capital2}].",
        "It was a beautiful day, and [{he}] was happy.",
    ]
    endings = [
        "Then {a} went home with [{his}] {noun}.",
        "In the evening {a} and {b} went home.",
        "{a} never forgot [{country}].",
        "The end.",
    ]
    parts = [rng.choice(openings), *rng.sample(middles, rng.choice((1, 2, 3)))] + [rng.choice(endings)] * rng.randint(0, 1)
    return fill(" ".join(parts), values)


# --- the stream ------------------------------------------------------------------------------------------------------

KINDS = {"capital": capital_text, "country": country_text, "other": other_text, "list": list_text, "plain": plain_text,
         "ioi": ioi_text, "agreement": agreement_text, "sequence": sequence_text, "sum": sum_text,
         "induction": induction_text, "story": story_text}


def make_document(rng: random.Random, kind: str) -> Document:
    """One document of a kind."""
    return document(KINDS[kind](rng), only_spans=kind == "induction")


def stream(seed: int, mixture: dict[str, float]):
    """An endless stream of (kind, document)."""
    rng = random.Random(seed)
    kinds, weights = tuple(mixture), tuple(mixture.values())
    while True:
        kind = rng.choices(kinds, weights)[0]
        yield kind, make_document(rng, kind)


# --- grading: prompts from what was held out -------------------------------------------------------------------------

def prompt_of(marked: str) -> tuple[str, str]:
    """The prompt up to the last answer, and that answer with its leading space."""
    made = document(marked)
    start, end = made.spans[-1]
    return made.text[:start], made.text[start:end]


def graded_facts(relation: str) -> list[tuple[str, str]]:
    return [prompt_of(fill(template, values)) for template in PHRASINGS[relation][1] for values in FACTS[relation]]


def graded_sequences(seed: int, count: int) -> list[tuple[str, str]]:
    rng, found = random.Random(seed), {}
    while len(found) < count:
        items, separator = sequence_items(rng, graded=True)
        if len(items) < 4:
            continue
        before = separator.join(items[:-1])
        found[before + separator.rstrip()] = " " + items[-1]
    return list(found.items())


def graded_induction(seed: int, count: int) -> list[tuple[str, str]]:
    """A held-out sequence of 6 to 14 random words, and its repetition up to some word."""
    rng, found = random.Random(seed), {}
    while len(found) < count:
        words = random_words(rng, graded=True, shortest=6)
        cut = rng.randint(1, len(words) - 1)
        found[" ".join(words + words[:cut])] = " " + words[cut]
    return list(found.items())


def graded_sentences(make, seed: int, count: int, **options) -> list[tuple[str, str]]:
    rng, found = random.Random(seed), {}
    while len(found) < count:
        prompt, answer = prompt_of(make(rng, graded=True, **options))
        found[prompt] = answer
    return list(found.items())
