"""Tests of the corpus: ``python -m unittest`` in this folder. Needs nothing but Python."""
import random
import re
import unittest

import generator
import tables
from phrasings import (IOI_ENDINGS, IOI_HELD_OUT_ENDINGS, IOI_HELD_OUT_OPENINGS, IOI_OPENINGS, MORE_PHRASINGS,
                       PHRASINGS)

DOCUMENTS = 4_000
MIXTURE = {kind: 1.0 for kind in generator.KINDS}


def training_documents():
    stream = generator.stream(123, MIXTURE)
    return [next(stream) for _ in range(DOCUMENTS)]


class Tables(unittest.TestCase):
    def test_every_member_state_and_observer_is_there_once(self):
        names = [row["name"] for row in tables.COUNTRIES]
        self.assertEqual(len(names), 195)
        self.assertEqual(len(set(names)), 195)

    def test_continents(self):
        allowed = {"Africa", "Asia", "Europe", "North America", "South America", "Oceania"}
        self.assertEqual({row["continent"] for row in tables.COUNTRIES}, allowed)

    def test_elements(self):
        self.assertEqual(len(tables.ELEMENTS), 118)
        self.assertEqual(len({symbol for _, symbol, _ in tables.ELEMENTS}), 118)
        self.assertIn(("gold", "Au", 79), tables.ELEMENTS)
        self.assertIn(("oganesson", "Og", 118), tables.ELEMENTS)

    def test_questions_have_one_answer(self):
        for rows in (tables.OPPOSITES, tables.PLURALS, tables.PAST):
            asked = [row[0] for row in rows]
            self.assertEqual(len(asked), len(set(asked)))
        for rows in (tables.ANIMALS, tables.WORKS, tables.ATHLETES):
            self.assertEqual(len(rows), len({row[0] for row in rows}))

    def test_names_are_of_one_kind(self):
        self.assertFalse(set(tables.WORDS["women"]) & set(tables.WORDS["men"]))

    def test_a_few_facts(self):
        self.assertEqual(tables.CAPITAL_OF["Japan"], "Tokyo")
        self.assertEqual(tables.CAPITAL_OF["the Netherlands"], "Amsterdam")
        self.assertIn(("hot", "cold"), tables.OPPOSITES)
        self.assertIn(("mouse", "mice"), tables.PLURALS)


class Facts(unittest.TestCase):
    def test_every_sentence_about_a_capital_agrees_with_the_table(self):
        """Read generated text back, with rules of its own, and look the answer up."""
        cities = {row["capital"] for row in tables.COUNTRIES}
        rng = random.Random(5)
        seen = set()
        for _ in range(3000):
            values = rng.choice(generator.FACTS["capital"])
            made = generator.document(generator.sentence(rng, "capital", values))
            (start, end), = made.spans
            self.assertIn(made.text[start:end].strip(), cities)
            mentioned = [name for name in tables.CAPITAL_OF
                         if re.search(rf"(?<![\w-]){re.escape(generator.capitalise(name))}(?![\w-])|(?<![\w-]){re.escape(name)}(?![\w-])",
                                      made.text[:start] + made.text[end:])]
            country = max(mentioned, key=len)
            self.assertEqual(tables.CAPITAL_OF[country], made.text[start:end].strip(), made.text)
            seen.add(country)
        self.assertEqual(len(seen), 195)

    def test_sums_and_sequences_are_right(self):
        rng = random.Random(6)
        for _ in range(3000):
            text = generator.document(generator.sum_text(rng)).text
            numbers = [int(number) for number in re.findall(r"\d+", text)]
            if numbers:
                a, b, result = numbers
                self.assertEqual(result, a - b if "minus" in text or "-" in text else a + b, text)
        for _ in range(3000):
            items, _ = generator.sequence_items(rng)
            if all(item.isdigit() for item in items):
                steps = {int(b) - int(a) for a, b in zip(items, items[1:])}
                self.assertEqual(len(steps), 1)

    def test_indirect_object_is_the_one_who_does_not_give(self):
        rng = random.Random(7)
        for _ in range(2000):
            prompt, answer = generator.prompt_of(generator.ioi_sentence(rng))
            present = [word for word in re.findall(r"[A-Z][a-z]+", prompt) if word in generator.NAMES]
            self.assertEqual(len(present), 3)
            self.assertEqual(present.count(answer.strip()), 1)

    def test_spans_lie_on_the_answers(self):
        made = generator.document("The capital of Japan is [Tokyo].")
        self.assertEqual([made.text[a:b] for a, b in made.spans], [" Tokyo"])
        self.assertEqual(made.text, "The capital of Japan is Tokyo.")

    def test_the_stream_is_fixed_by_its_seed(self):
        a, b = generator.stream(9, MIXTURE), generator.stream(9, MIXTURE)
        self.assertEqual([next(a) for _ in range(200)], [next(b) for _ in range(200)])


class HeldOut(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.documents = training_documents()
        rng = random.Random(2)
        late = [generator.document(generator.more_text(rng, relation)).text for relation in MORE_PHRASINGS for _ in range(600)]
        cls.text = "\n".join([made.text for _, made in cls.documents] + late)

    def test_phrasings_are_disjoint(self):
        for relation, (training, held) in PHRASINGS.items():
            training = training + MORE_PHRASINGS.get(relation, [])
            self.assertFalse(set(training) & set(held), relation)
            for template in held:  # nor is a held-out phrasing the tail or head of one that is trained on
                before = template.split("[")[0].lower()
                self.assertFalse([other for other in training if other.lower().endswith(before)
                                  or other.split("[")[0].lower() == before], template)
        self.assertFalse(set(IOI_OPENINGS) & set(IOI_HELD_OUT_OPENINGS))
        self.assertFalse(set(IOI_ENDINGS) & set(IOI_HELD_OUT_ENDINGS))

    def test_no_graded_prompt_about_a_fact_occurs_in_training(self):
        everything = self.text.lower()
        for relation in PHRASINGS:
            for prompt, _ in generator.graded_facts(relation)[::7]:
                self.assertFalse(prompt.lower() + " " in everything, prompt)

    def test_held_out_pairs_of_names_never_meet(self):
        women_and_men = set(generator.NAMES)
        for kind, made in self.documents:
            if kind in ("ioi", "story"):
                for part in made.text.split(". Friends ")[0:1]:
                    names = [word for word in re.findall(r"\b[A-Z][a-z]+\b", part) if word in women_and_men]
                    if kind == "ioi" and len(names) == 3:
                        self.assertFalse(generator.held_out_pair(*sorted(set(names))), part)
        rng = random.Random(1)
        for _ in range(2000):
            self.assertFalse(generator.held_out_pair(*generator.name_pair(rng)))
            self.assertTrue(generator.held_out_pair(*generator.name_pair(rng, True)))
        self.assertTrue(generator.held_out_pair("John", "Mary"))

    def test_sequences_start_elsewhere(self):
        trained = {(tuple(items[:3]), separator) for items, separator in
                   (generator.sequence_items(random.Random(i)) for i in range(2000))}
        graded = {(tuple(items[:3]), separator) for items, separator in
                  (generator.sequence_items(random.Random(i), graded=True) for i in range(2000))}
        self.assertFalse(trained & graded)

    def test_word_sequences_are_disjoint(self):
        starts = {tuple(made.text.split()[:2]) for kind, made in self.documents if kind == "induction"}
        graded = {tuple(prompt.split()[:2]) for prompt, _ in generator.graded_induction(3, 500)}
        self.assertFalse(starts & graded)

    def test_graded_induction_is_long_and_unambiguous(self):
        for prompt, answer in generator.graded_induction(4, 300):
            words = prompt.split()
            self.assertEqual(words.count(words[-1]), 2)
            self.assertEqual(words[words.index(words[-1]) + 1], answer.strip())
            self.assertGreaterEqual(len(set(words)), 6)


if __name__ == "__main__":
    unittest.main()
