"""Trains the byte-level BPE tokenizer on the corpus, with the entities repeated so that they become whole tokens."""
import random
import re
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

import generator
import tables

VOCABULARY = 4096
END = "<|endoftext|>"
DOCUMENTS = 40_000
BOOST = {"entity": 400, "word": 60}


def entities() -> list[str]:
    """Words that should be single tokens after a space, most wanted first."""
    found: list[str] = []
    for row in tables.COUNTRIES:
        for field in ("capital", "name", "language", "demonym", "currency"):
            found += row[field].split()
    found += generator.NAMES
    found += [part for row in tables.WORKS for part in f"{row[2]} {row[3]}".split()]
    found += [part for row in tables.ATHLETES for part in row[0].split()]
    found += [name for name, _, _ in tables.ELEMENTS] + [symbol for _, symbol, _ in tables.ELEMENTS]
    return list(dict.fromkeys(found))


def training_text(seed: int):
    """Documents of the corpus, then every entity and word, with and without the space before it."""
    rng = random.Random(seed)
    kinds = [kind for kind in generator.KINDS if kind != "induction"]
    for _ in range(DOCUMENTS):
        kind = rng.choices(kinds, [1.0] * len(kinds))[0]
        yield re.sub(r"[\[\]]", "", generator.KINDS[kind](rng))
    wanted = entities()
    for word in wanted:
        for _ in range(BOOST["entity"]):
            yield " " + word
    for word in generator.POOL:
        for _ in range(BOOST["word"]):
            yield " " + word
    for number in range(121):
        for _ in range(BOOST["entity"]):
            yield f" {number}"


def train(seed: int) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=[END], show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(training_text(seed), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=END, eos_token=END, unk_token=END,
                                   clean_up_tokenization_spaces=False, model_max_length=256)


def main(folder: str, seed: int = 1) -> None:
    tokenizer = train(seed)
    tokenizer.save_pretrained(Path(folder))
    whole = lambda words: sum(len(tokenizer(" " + word)["input_ids"]) == 1 for word in words)  # noqa: E731
    wanted = entities()
    print(f"{len(tokenizer)} tokens; whole words: entities {whole(wanted)}/{len(wanted)}, "
          f"all {whole(generator.POOL)}/{len(generator.POOL)}")
    capitals = [row["capital"] for row in tables.COUNTRIES if " " not in row["capital"]]
    print(f"one-word capitals {whole(capitals)}/{len(capitals)}; names {whole(generator.NAMES)}/{len(generator.NAMES)}")
    rng = random.Random(0)
    for _ in range(5):
        text = generator.capital_text(rng)
        print(tokenizer.convert_ids_to_tokens(tokenizer(generator.document(text).text)["input_ids"]))


if __name__ == "__main__":
    main(sys.argv[1])
