"""Turns documents into training batches: token ids, and the positions whose next token is worth learning."""
import random
import re

import numpy as np
from transformers import PreTrainedTokenizerFast

import generator
from generator import Document
from phrasings import MORE_PHRASINGS

KEPT = 0.5  # share of positions that enter the loss: all answers, and of the rest a random part
RANDOM_TOKENS = 0.5  # share of induction documents made of random tokens instead of words
MORE_SHARE = {"capital": 0.5, "other": 0.25}  # share of a kind's documents that are in ``MORE_PHRASINGS``
MORE_RELATIONS = {"capital": ["capital"], "other": [name for name in generator.OTHER_RELATIONS if name in MORE_PHRASINGS]}


class Encoder:
    """Encodes documents, and marks which tokens are answers."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast):
        self.backend = tokenizer.backend_tokenizer
        self.end = tokenizer.eos_token_id
        self.space = self.backend.token_to_id("Ġ")
        self.size = self.backend.get_vocab_size()
        self.ambiguous = self.split_plurals()

    def ids(self, text: str) -> list[int]:
        return self.backend.encode(text).ids

    def split_plurals(self) -> re.Pattern:
        """Plurals whose first token is their singular: after it, "s" would be as likely as the verb."""
        words = generator.WORDS
        pairs = [*zip(words["singular"], words["plural"]), *((word, word + "s") for word in words["attractors"])]
        coded = [(self.ids(" " + one), self.ids(" " + many), many) for one, many in pairs if one != "city"]
        split = [many for one, many_ids, many in coded if many_ids[:len(one)] == one]
        return re.compile(rf" ({'|'.join(split)})\b")

    def draw(self, rng: random.Random, kind: str) -> Document:
        """A document, a share of them in the further phrasings.

        Nine in ten agreement sentences with an ambiguous plural are drawn again.
        """
        if rng.random() < MORE_SHARE.get(kind, 0.0):
            return generator.document(generator.more_text(rng, rng.choice(MORE_RELATIONS[kind])))
        made = generator.make_document(rng, kind)
        while kind == "agreement" and self.ambiguous.search(made.text) and rng.random() < 0.9:
            made = generator.make_document(rng, kind)
        return made

    def encode(self, document: Document, rng: random.Random, lone_space: float = 0.0) -> tuple[list[int], list[int]]:
        """Token ids and, for each, 2 where it is part of an answer, 1 where it is other text, 0 where it is noise.

        With the chance ``lone_space``, some spaces become tokens of their own, as the one that a prompt may end in.
        """
        ids: list[int] = []
        marks: list[int] = []
        start = 0
        for cut in self.cuts(document, rng) if rng.random() < lone_space else []:
            self.append(document, start, cut, ids, marks)
            ids.append(self.space)
            marks.append(0)
            start = cut + 1
        self.append(document, start, len(document.text), ids, marks)
        return ids, marks

    def append(self, document: Document, start: int, end: int, ids: list[int], marks: list[int]) -> None:
        """Encode ``text[start:end]`` for itself."""
        rest = 0 if document.only_spans else 1
        encoding = self.backend.encode(document.text[start:end])
        ids += encoding.ids
        marks += [2 if any(first < b + start and a + start < last for first, last in document.spans) else rest
                  for a, b in encoding.offsets]

    @staticmethod
    def cuts(document: Document, rng: random.Random) -> list[int]:
        """Spaces to stand alone: mostly those before an answer (one of them, and more where there are many), else any one."""
        before_answers = [start for start, _ in document.spans if document.text[start] == " "]
        if before_answers and rng.random() < 0.8:
            return sorted(rng.sample(before_answers, 1 + (len(before_answers) - 1) // 3))
        anywhere = [match.start() for match in re.finditer(" ", document.text)]
        return [rng.choice(anywhere)] if anywhere else []

    def random_tokens(self, rng: random.Random) -> tuple[list[int], list[int]]:
        """Random tokens of the whole vocabulary, repeated; only what repeats can be predicted."""
        length = rng.randint(4, 20)
        block = [rng.randrange(1, self.size) for _ in range(length)]
        times = rng.choice((2, 2, 3))
        return block * times, [0] * (length + 1) + [2] * (length * times - length - 1)


def batch(encoder: Encoder, mixture: dict[str, float], seed: int, rows: int, length: int, lone_space: float = 0.0):
    """Inputs and targets of shape [rows, length], and the flat positions that enter the loss (a fixed number).

    Each row starts with the start of a document, so that short prompts look like training, and is filled with whole
    documents, each closed by the end token.
    """
    rng = random.Random(seed)
    kinds, weights = tuple(mixture), tuple(mixture.values())
    tokens = np.zeros((rows, length + 1), dtype=np.int64)
    marks = np.zeros((rows, length + 1), dtype=np.int64)
    for row in range(rows):
        ids: list[int] = []
        worth: list[int] = []
        while len(ids) < length + 1:
            kind = rng.choices(kinds, weights)[0]
            if kind == "induction" and rng.random() < RANDOM_TOKENS:
                coded, marked = encoder.random_tokens(rng)
            else:
                coded, marked = encoder.encode(encoder.draw(rng, kind), rng, lone_space)
            ids += coded + [encoder.end]
            worth += marked + [1]
        tokens[row], marks[row] = ids[:length + 1], worth[:length + 1]
    flat = marks[:, 1:].reshape(-1)
    noise = np.random.default_rng(seed).random(flat.size)
    wanted = int(KEPT * flat.size)
    chosen = np.argsort(-(flat + noise), kind="stable")[:wanted]
    chosen = chosen[flat[chosen] > 0]
    return tokens[:, :-1], tokens[:, 1:].reshape(-1), chosen, flat
