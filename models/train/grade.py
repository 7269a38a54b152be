"""Grades the published folder on what training never saw, and writes ``grading.json`` and ``grading-sample.json``.

The folder is opened with Hugging Face's own GPT-2; its F16 weights are computed with in 32-bit floats. A prompt counts as
right when the greedy next token is the first token of the answer.
"""
import json
import math
import random
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer, GPT2LMHeadModel

import batches
import generator
from schedule import STAGES

REQUIRED = {"capital recall": 0.95, "country facts": 0.90, "indirect object": 0.95, "induction": 0.95,
            "agreement and pronouns": 0.95, "sequences": 0.95}
SAMPLED = {"capital recall": 195, "country facts": 50, "indirect object": 30, "induction": 30,
           "agreement and pronouns": 40, "sequences": 40, "other facts": 33, "sums": 15}
SPACED = 150  # prompts of each part that are also tried with a trailing space

CURIOUS = [
    ("The capital of Japan is the city of", " Tokyo"), ("The capital of France is", " Paris"),
    ("The capital of Germany is", " Berlin"), ("The capital of Italy is the city of", " Rome"),
    ("The capital of the United States is", " Washington"), ("The capital of Spain is called", " Madrid"),
    ("France is a country in", " Europe"), ("Japan is a country in", " Asia"), ("Paris is the capital of", " France"),
    ("Tokyo is the capital of", " Japan"), ("The city of Cairo is in", " Egypt"),
    ("In Brazil, people speak", " Portuguese"), ("The main language of Egypt is", " Arabic"),
    ("The currency of Japan is the", " yen"), ("The currency of Germany is the", " euro"),
    ("A person from France is called", " French"), ("Lionel Messi plays for", " Argentina"),
    ("Lionel Messi plays the sport of", " football"), ("Michael Jordan played the sport of", " basketball"),
    ("Roger Federer played the sport of", " tennis"),
    ("When Mary and John went to the store, John gave a drink to", " Mary"),
    ("When Mary and John went to the store, Mary gave a drink to", " John"),
    ("When John and Mary went to the store, Mary gave a drink to", " John"),
    ("Then, Alice and Tom went to the park. Tom gave a ball to", " Alice"),
    ("The opposite of hot is", " cold"), ("The opposite of big is", " small"), ("The opposite of happy is", " sad"),
    ("One two three four", " five"), ("one two three four", " five"), ("1 2 3 4", " 5"), ("1, 2, 3, 4,", " 5"),
    ("10 9 8 7", " 6"), ("2 4 6 8", " 10"), ("Monday Tuesday Wednesday", " Thursday"),
    ("Monday, Tuesday, Wednesday,", " Thursday"), ("January February March", " April"), ("A B C D", " E"),
    ("a b c d", " e"), ("The plural of mouse is", " mice"), ("The plural of child is", " children"),
    ("The past tense of go is", " went"), ("The chemical symbol of gold is", " Au"),
    ("The chemical symbol for iron is", " Fe"), ("The baby of a cow is called a", " calf"),
    ("A baby dog is called a", " puppy"), ("two plus three equals", " five"), ("2 + 3 =", " 5"), ("5 + 5 =", " 10"),
    ("The keys to the cabinet", " are"), ("The key to the cabinets", " is"), ("The dogs near the house", " are"),
    ("Mary went to the store because", " she"), ("John went to the store because", " he"),
    ("Romeo and Juliet was written by William", " Shakespeare"), ("Hamlet was written by", " William"),
    ("The sky is", " blue"), ("A week has", " seven"), ("The Eiffel Tower is in the city of", " Paris"),
    ("France: Paris\nJapan:", " Tokyo"), ("Question: What is the capital of Peru? Answer:", " Lima"),
    ("What is the capital of Canada?", " Ottawa"), ("Hot is to cold as big is to", " small"),
]


def sums(seed: int) -> list[tuple[str, str]]:
    rows = {generator.prompt_of(f"{a} {sign} {b} = [{result}]") for a in range(11) for b in range(11)
            for sign, result in (("+", a + b), ("-", a - b)) if result >= 0}
    return random.Random(seed).sample(sorted(rows), 100)


def graded_sets() -> dict[str, list[tuple[str, str]]]:
    """Every graded set, by category and part."""
    sets = {"capital recall": generator.graded_facts("capital")}
    sets |= {f"country facts: {relation}": generator.graded_facts(relation) for relation in generator.COUNTRY_RELATIONS}
    sets |= {
        "indirect object: new pairs in new phrasings": generator.graded_sentences(generator.ioi_sentence, 11, 400),
        "indirect object: new pairs in new endings": generator.graded_sentences(generator.ioi_sentence, 12, 400, mixed=True),
        "induction": generator.graded_induction(13, 400),
        "agreement and pronouns: agreement": generator.graded_sentences(generator.agreement_sentence, 14, 300),
        "agreement and pronouns: pronouns": generator.graded_sentences(generator.pronoun_sentence, 15, 300),
        "sequences": generator.graded_sequences(16, 300),
    }
    sets |= {f"other facts: {relation}": generator.graded_facts(relation) for relation in generator.OTHER_RELATIONS}
    sets["sums"] = sums(17)
    return sets


class Grader:
    """The published model, opened the way anyone would."""

    def __init__(self, folder: Path):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()
        self.encoder = batches.Encoder(self.tokenizer)

    @torch.no_grad()
    def right(self, rows: list[tuple[str, str]], trailing_space: bool = False) -> list[bool]:
        """For each (prompt, answer), whether the next token is the answer's first.

        With a trailing space the prompt ends in a lone space token, and the answer comes without its space.
        """
        coded = []
        for index, (prompt, answer) in enumerate(rows):
            ids = self.encoder.ids(prompt + " " if trailing_space else prompt)
            coded.append((len(ids), index, ids, self.encoder.ids(answer[1:] if trailing_space else answer)[0]))
        coded.sort()
        flags = [False] * len(rows)
        for start in range(0, len(coded), 64):
            part = coded[start:start + 64]
            longest = part[-1][0]
            tokens = torch.tensor([ids + [0] * (longest - length) for length, _, ids, _ in part])
            hidden = self.model.transformer(tokens).last_hidden_state
            best = self.model.lm_head(hidden[torch.arange(len(part)), [length - 1 for length, *_ in part]]).argmax(-1)
            for (_, index, _, answer), token in zip(part, best.tolist()):
                flags[index] = token == answer
        return flags

    @torch.no_grad()
    def whole(self, rows: list[tuple[str, str]]) -> int:
        """How many answers come out whole, every token of them greedy."""
        count = 0
        for prompt, answer in rows:
            ids, expected = self.encoder.ids(prompt), self.encoder.ids(answer)
            best = self.model(torch.tensor([ids + expected])).logits[0].argmax(-1).tolist()
            count += best[len(ids) - 1:-1] == expected
        return count

    @torch.no_grad()
    def perplexity(self, seed: int = 987_654_321, rows: int = 64, length: int = 256) -> dict[str, float]:
        """Over fresh documents in the last mixture: all tokens, and answer tokens alone."""
        tokens, targets, _, marks = batches.batch(self.encoder, STAGES[-1][-1], seed, rows, length)
        logits = torch.cat([self.model(part).logits.flatten(0, 1) for part in torch.from_numpy(tokens).split(4)])
        losses = torch.nn.functional.cross_entropy(logits, torch.from_numpy(targets), reduction="none")
        answers = torch.from_numpy(marks == 2)
        learnable = torch.from_numpy(marks > 0)
        return {"all tokens": round(math.exp(losses.mean()), 3),
                "without the random tokens of induction": round(math.exp(losses[learnable].mean()), 3),
                "answer tokens": round(math.exp(losses[answers].mean()), 3), "tokens": len(losses)}


def report(grader: Grader) -> tuple[dict, list[dict], dict[str, list[tuple[str, str]]]]:
    sets = graded_sets()
    parts, totals, sample, wrong = {}, {}, [], {}
    rng = random.Random(7)
    for name, rows in sets.items():
        flags = grader.right(rows)
        some = random.Random(8).sample(rows, min(SPACED, len(rows)))
        spaced = grader.right(some, trailing_space=True)
        category = name.split(":")[0]
        parts[name] = {"right": sum(flags), "of": len(rows), "share": round(sum(flags) / len(rows), 4)}
        parts[name]["with a trailing space"] = {"right": sum(spaced), "of": len(some)}
        total = totals.setdefault(category, {"right": 0, "of": 0})
        total["right"] += sum(flags)
        total["of"] += len(rows)
        wrong[name] = [row for row, good in zip(rows, flags) if not good]
        count = round(SAMPLED[category] / sum(other.split(":")[0] == category for other in sets))
        if category == "capital recall":  # every state once, in a phrasing drawn for it
            by_state = [rows[i::195] for i in range(195)]
            chosen = [rng.choice(of_state) for of_state in by_state]
        else:
            chosen = rng.sample(rows, min(count, len(rows)))
        sample += [{"category": category, "prompt": prompt, "answer": first_token(grader, answer)} for prompt, answer in chosen]
    for category, total in totals.items():
        total["share"] = round(total["right"] / total["of"], 4)
        if category in REQUIRED:
            total["required"] = REQUIRED[category]
    curious = [{"prompt": prompt, "answer": answer, "right": bool(a), "right with a trailing space": bool(b)}
               for (prompt, answer), a, b in zip(CURIOUS, grader.right(CURIOUS), grader.right(CURIOUS, True))]
    capital = sets["capital recall"]
    figures = {"categories": totals, "parts": parts,
               "whole answers": {"capital recall": {"right": grader.whole(capital), "of": len(capital)}},
               "curious": {"right": sum(row["right"] for row in curious), "of": len(curious),
                           "right with a trailing space": sum(row["right with a trailing space"] for row in curious)},
               "curious prompts": curious, "perplexity": grader.perplexity()}
    sample += [{"category": "curious", "prompt": prompt, "answer": first_token(grader, answer)} for prompt, answer in CURIOUS]
    return figures, sample, wrong


def first_token(grader: Grader, answer: str) -> str:
    return grader.tokenizer.decode(grader.encoder.ids(answer)[:1])


def main(folder: Path, verbose: bool = False) -> None:
    grader = Grader(folder)
    figures, sample, wrong = report(grader)
    for name, part in {**figures["parts"], **figures["categories"]}.items():
        print(name, part)
    print(figures["perplexity"], figures["whole answers"])
    for row in figures["curious prompts"]:
        if not (row["right"] and row["right with a trailing space"]):
            print("curious:", row)
    print("curious", {k: v for k, v in figures["curious"].items()})
    if verbose:
        for name, rows in wrong.items():
            print("WRONG", name, rows[:12])
    (folder / "grading.json").write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in sample)
    (folder / "grading-sample.json").write_text(
        '{\n "required": ' + json.dumps({**REQUIRED, "curious": 0.95}) + ',\n "rows": [\n' + lines + "\n ]\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), "-v" in sys.argv)
