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

    def draw(self, rng: random.Random, kind: str, more: bool = False) -> Document:
        """A document; nine in ten agreement sentences with an ambiguous plural are drawn again.

        With ``more``, most texts of a kind that has late phrasings are made from these.
        """
        if more and kind in MORE_PHRASINGS and rng.random() < 0.6:
            return generator.document(generator.more_text(rng, kind))
        made = generator.make_document(rng, kind)
        while kind == "agreement" and self.ambiguous.search(made.text) and rng.random() < 0.9:
            made = generator.make_document(rng, kind)
        return made

    def encode(self, document: Document, rng: random.Random, lone_space: float = 0.0) -> tuple[list[int], list[int]]:
        """Token ids and, for each, 2 where it is part of an answer, 1 where it is other text, 0 where it is noise.

        With the chance ``lone_space``, the space before one word becomes a token of its own.
        """
        rest = 0 if document.only_spans else 1
        if not document.only_spans and rng.random() < lone_space:
            cut = self.lone_space(document, rng)
            if cut is not None:
                return self.with_lone_space(document, cut)
        encoding = self.backend.encode(document.text)
        return encoding.ids, self.marks(encoding.offsets, document.spans, rest)

    @staticmethod
    def marks(offsets, spans, rest: int, shift: int = 0) -> list[int]:
        return [2 if any(start < b + shift and a + shift < end for start, end in spans) else rest for a, b in offsets]

    @staticmethod
    def lone_space(document: Document, rng: random.Random) -> int | None:
        """Where to cut: mostly before an answer, else before any word."""
        places = [start for start, _ in document.spans if document.text[start] == " "]
        if not places or rng.random() < 0.3:
            places = [match.start() for match in re.finditer(" ", document.text)]
        return rng.choice(places) if places else None

    def with_lone_space(self, document: Document, cut: int) -> tuple[list[int], list[int]]:
        before, after = self.backend.encode(document.text[:cut]), self.backend.encode(document.text[cut + 1:])
        marks = self.marks(before.offsets, document.spans, 1) + [0]
        marks += self.marks(after.offsets, document.spans, 1, cut + 1)
        return before.ids + [self.space] + after.ids, marks

    def random_tokens(self, rng: random.Random) -> tuple[list[int], list[int]]:
        """Random tokens of the whole vocabulary, repeated; only what repeats can be predicted."""
        length = rng.randint(4, 20)
        block = [rng.randrange(1, self.size) for _ in range(length)]
        times = rng.choice((2, 2, 3))
        return block * times, [0] * (length + 1) + [2] * (length * times - length - 1)


def batch(encoder: Encoder, mixture: dict[str, float], seed: int, rows: int, length: int, more: bool = False,
          lone_space: float = 0.0):
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
                more, marked = encoder.random_tokens(rng)
            else:
                more, marked = encoder.encode(encoder.draw(rng, kind, more), rng, lone_space)
            ids += more + [encoder.end]
            worth += marked + [1]
        tokens[row], marks[row] = ids[:length + 1], worth[:length + 1]
    flat = marks[:, 1:].reshape(-1)
    noise = np.random.default_rng(seed).random(flat.size)
    wanted = int(KEPT * flat.size)
    chosen = np.argsort(-(flat + noise), kind="stable")[:wanted]
    chosen = chosen[flat[chosen] > 0]
    return tokens[:, :-1], tokens[:, 1:].reshape(-1), chosen, flat
