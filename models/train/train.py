"""Trains the model on the endless corpus, on a GPU if there is one. Resumes from its last checkpoint.

The schedule is in ``schedule.py``.
"""
import argparse
import math
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import AutoTokenizer

import batches
import generator
from model import GPT2, Shape, save
from muon import Muon, orthogonal
from schedule import ADAM_RATE, MUON_RATE, ROW_SHAPES, SEED, SHARES, STEPS, exit_at, rate_at, stage_at


def quick_check(model: GPT2, encoder: batches.Encoder) -> str:
    """Top-1 on a few held-out prompts per behaviour, to watch training."""
    rng = random.Random(0)
    sets = {
        "cap": rng.sample(generator.graded_facts("capital"), 150),
        "ctry": [row for relation in generator.COUNTRY_RELATIONS for row in rng.sample(generator.graded_facts(relation), 30)],
        "oth": [row for relation in generator.OTHER_RELATIONS for row in generator.graded_facts(relation)][::11],
        "ioi": generator.graded_sentences(generator.ioi_sentence, 1, 100),
        "agr": generator.graded_sentences(generator.agreement_sentence, 1, 60),
        "pro": generator.graded_sentences(generator.pronoun_sentence, 1, 60),
        "seq": generator.graded_sequences(1, 100),
        "ind": generator.graded_induction(1, 60),
    }
    parts = []
    with torch.no_grad():
        for name, rows in sets.items():
            good = sum(flags for _, flags in correct(model, encoder, rows))
            parts.append(f"{name} {100 * good / len(rows):.0f}")
    return " ".join(parts)


def correct(model: GPT2, encoder: batches.Encoder, rows: list[tuple[str, str]], size: int = 64):
    """(prompt, whether its greedy next token is the answer's first); prompts of like length share a batch."""
    device = model.wte.weight.device
    coded = sorted(((encoder.ids(prompt), encoder.ids(answer)[0], prompt) for prompt, answer in rows), key=lambda r: len(r[0]))
    for start in range(0, len(coded), size):
        part = coded[start:start + size]
        longest = max(len(ids) for ids, _, _ in part)
        tokens = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _, _ in part], device=device)
        last = [len(ids) - 1 for ids, _, _ in part]
        best = model.logits(model(tokens)[torch.arange(len(part)), last]).argmax(-1).tolist()
        for (_, answer, prompt), token in zip(part, best):
            yield prompt, token == answer


class Team:
    """Worker processes that divide the shares of every batch among them and exchange gradients through shared memory.

    One thread each: two processes that meet twice a step lose far less on a busy machine than two threads that meet in
    every operation. A team of one takes all shares one after the other; so does a GPU.
    """

    def __init__(self, size: int, floats: int):
        context = torch.multiprocessing.get_context("spawn")
        self.size = size
        self.gradients = [torch.zeros(floats).share_memory_() for _ in range(size)]
        self.updates = torch.zeros(floats).share_memory_()
        self.barrier = context.Barrier(size)
        self.pause = torch.zeros(1).share_memory_()

    def add_up(self, rank: int, parameters: list[torch.Tensor]) -> None:
        """Replace the gradients by their sum over the workers."""
        if self.size == 1:
            return
        present = [value for value in parameters if value.grad is not None]
        offset = 0
        for value in present:
            self.gradients[rank][offset:offset + value.numel()].copy_(value.grad.flatten())
            offset += value.numel()
        self.barrier.wait()
        total = sum(gradient[:offset] for gradient in self.gradients)
        offset = 0
        for value in present:
            value.grad.copy_(total[offset:offset + value.numel()].view_as(value))
            offset += value.numel()

    def shared_orthogonal(self, rank: int, groups: list[torch.Tensor]) -> list[torch.Tensor]:
        """Make every group's matrices orthogonal, each worker a part of them."""
        if self.size == 1:
            return [orthogonal(group) for group in groups]
        views, offset = [], 0
        for group in groups:
            views.append(self.updates[offset:offset + group.numel()].view_as(group))
            offset += group.numel()
        for group, view in zip(groups, views):
            if len(group[rank::self.size]):
                view[rank::self.size] = orthogonal(group[rank::self.size])
        self.barrier.wait()
        return views


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokenizer", type=Path, help="folder with the tokenizer")
    parser.add_argument("run", type=Path, help="folder for checkpoints and the log")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop (resumable) after so long")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="default: a GPU if there is one")
    parser.add_argument("--workers", type=int, choices=range(1, SHARES + 1),
                        help="processes; default: on a GPU one, else one for each share of a batch")
    options = parser.parse_args()
    options.run.mkdir(parents=True, exist_ok=True)
    workers = options.workers or (SHARES if options.device == "cpu" else 1)
    team = Team(workers, sum(value.numel() for value in GPT2(Shape()).parameters()))
    torch.multiprocessing.spawn(work, (team, options.device, options.tokenizer, options.run, options.minutes), nprocs=workers)


def share_loss(model: GPT2, encoder: batches.Encoder, step: int, share: int) -> tuple[torch.Tensor, torch.Tensor, int]:
    """The loss on one share of a step's batch, the mean loss of its answers, and its number of tokens."""
    device = model.wte.weight.device
    rows, length = ROW_SHAPES[step % len(ROW_SHAPES)]
    weight, lone_space, mixture = stage_at(step)
    seed = (SEED * 1_000_003 + step) * 16 + share
    tokens, targets, chosen, marks = batches.batch(encoder, mixture, seed, rows // SHARES, length, lone_space)
    hidden = model(torch.from_numpy(tokens).to(device), exit_at(step))
    picked = torch.from_numpy(chosen).to(device)
    losses = F.cross_entropy(model.logits(hidden.flatten(0, 1)[picked]), torch.from_numpy(targets[chosen]).to(device),
                             reduction="none")
    answers = torch.from_numpy(marks[chosen] == 2).to(device)
    weights = torch.where(answers, 1.0, weight)
    return (losses * weights).sum() / weights.sum(), losses.detach()[answers].mean(), tokens.size


def work(rank: int, team: Team, device: str, tokenizer: Path, run: Path, minutes: float) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    encoder = batches.Encoder(AutoTokenizer.from_pretrained(tokenizer))
    model = GPT2(Shape(vocab_size=encoder.size))
    model.add_waves(SEED)
    model.to(device)
    muon = Muon(model.h, lambda groups: team.shared_orthogonal(rank, groups))
    inner = {id(value) for value in muon.parameters}
    others = [value for value in model.parameters() if id(value) not in inner]
    adam = torch.optim.AdamW([{"params": [p for p in others if p.dim() == 2], "weight_decay": 0.1},
                              {"params": [p for p in others if p.dim() < 2], "weight_decay": 0.0}],
                             lr=ADAM_RATE, betas=(0.9, 0.98), eps=1e-10, fused=True)
    checkpoint = run / "checkpoint.pt"
    step, spent, seen = 0, 0.0, 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True, map_location=device)
        model.load_state_dict(saved["model"])
        adam.load_state_dict(saved["adam"])
        muon.load(saved["muon"])
        step, spent, seen = saved["step"], saved["spent"], saved["seen"]
    log = open(run / "log.txt", "a", encoding="utf-8") if rank == 0 else None

    def say(text: str) -> None:
        if log:
            print(text, flush=True)
            print(text, file=log, flush=True)

    begun = last = time.time()
    running, answers, since = 0.0, 0.0, 0
    say(f"start at step {step}; {sum(p.numel() for p in model.parameters())} parameters; {team.size} workers on {device}")
    team.barrier.wait()
    while step < STEPS:
        for share in range(rank, SHARES, team.size):
            loss, answer_loss, size = share_loss(model, encoder, step, share)
            (loss / SHARES).backward()
        team.add_up(rank, list(model.parameters()))
        rate = rate_at(step)
        for group in adam.param_groups:
            group["lr"] = ADAM_RATE * rate
        muon.step(MUON_RATE * rate)
        adam.step()
        adam.zero_grad()
        if exit_at(step) is None:
            running, answers, since = running + loss.item(), answers + answer_loss.item(), since + 1
        step, seen = step + 1, seen + size * SHARES
        if step % 50 == 0:
            now = time.time()
            say(f"{step} loss {running / max(since, 1):.3f} answers {answers / max(since, 1):.3f} rate {rate:.2f} "
                f"tokens {seen / 1e6:.2f}M {50 * SHARES * size / (now - last):.0f} tok/s "
                f"minutes {(spent + now - begun) / 60:.1f}")
            running, answers, since, last = 0.0, 0.0, 0, now
        pause = rank == 0 and step % 50 == 0 and time.time() - begun > minutes * 60
        if rank == 0 and (step % 100 == 0 or step == STEPS or pause):
            temporary = checkpoint.with_suffix(".tmp")
            torch.save({"model": model.state_dict(), "adam": adam.state_dict(), "muon": muon.state(), "step": step,
                        "spent": spent + time.time() - begun, "seen": seen}, temporary)
            temporary.replace(checkpoint)
            save(model, run / "export")
            if step % 500 == 0 or step == STEPS:
                say(f"  {step} held-out: {quick_check(model, encoder)}")
            if not math.isfinite(loss.item()):
                raise SystemExit("the loss is not finite")
        if step % 50 == 0:
            team.pause.fill_(float(pause)) if rank == 0 else None
            team.barrier.wait()
            if team.pause.item():
                break


if __name__ == "__main__":
    main()
