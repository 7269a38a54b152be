"""Tests of batches, schedule and team: ``python -m unittest`` in this folder, with the packages of ``requirements.txt``."""
import random
import threading
import unittest
from pathlib import Path

import torch
from transformers import AutoTokenizer

import batches
import generator
import schedule
from model import GPT2, Shape
from train import Team, share_loss

ENCODER = batches.Encoder(AutoTokenizer.from_pretrained(Path(__file__).resolve().parents[1] / "visit-small"))


class LoneSpace(unittest.TestCase):
    def test_answers_after_a_lone_space_are_marked_in_every_kind(self):
        rng = random.Random(3)
        for kind in generator.KINDS:
            marked = 0
            for _ in range(60):
                made = ENCODER.draw(rng, kind)
                ids, marks = ENCODER.encode(made, rng, lone_space=1.0)
                self.assertEqual(ENCODER.backend.decode(ids), made.text)
                self.assertEqual(len(ids), len(marks))
                marked += any(before == ENCODER.space and mark == 2 for before, mark in zip(ids, marks[1:]))
            if kind != "plain":  # which asks for nothing
                self.assertGreater(marked, 20, kind)

    def test_the_marks_are_those_of_the_answers(self):
        made = generator.document("The capital of Japan is [Tokyo].")
        for lone_space in (0.0, 1.0):
            for seed in range(20):
                ids, marks = ENCODER.encode(made, random.Random(seed), lone_space)
                answer = ENCODER.backend.decode([token for token, mark in zip(ids, marks) if mark == 2])
                self.assertEqual(answer.strip(), "Tokyo")

    def test_a_lone_space_is_what_a_prompt_with_a_trailing_space_ends_in(self):
        self.assertEqual(ENCODER.ids("The capital of Japan is ")[-1], ENCODER.space)


class Schedule(unittest.TestCase):
    def test_every_exit_is_taken_about_as_often_as_it_says(self):
        taken = [schedule.exit_at(step) for step in range(schedule.EXITS_FROM, 100_000)]
        for depth, share in schedule.EXITS.items():
            self.assertAlmostEqual(taken.count(depth) / len(taken), share, delta=0.15 * share)
        self.assertIsNone(schedule.exit_at(0))

    def test_rates_warm_up_and_decay(self):
        rates = [schedule.rate_at(step) for step in range(schedule.STEPS)]
        self.assertEqual(max(rates), 1.0)
        self.assertLess(rates[0], 0.05)
        self.assertLess(rates[-1], 0.05)

    def test_every_stage_mixes_kinds_that_exist(self):
        for step in (0, *(stage[0] for stage in schedule.STAGES), schedule.STEPS):
            self.assertEqual(set(schedule.stage_at(step)[-1]), set(generator.KINDS))


class Workers(unittest.TestCase):
    def test_two_workers_find_the_gradient_that_one_finds_alone(self):
        def fresh():
            torch.manual_seed(0)
            return GPT2(Shape(vocab_size=ENCODER.size, n_embd=24, n_layer=2, n_head=2))

        def work(rank: int, team: Team, model: GPT2):
            for share in range(rank, schedule.SHARES, team.size):
                (share_loss(model, ENCODER, 1600, share)[0] / schedule.SHARES).backward()
            team.add_up(rank, list(model.parameters()))

        size = sum(value.numel() for value in fresh().parameters())
        alone, models = fresh(), [fresh() for _ in range(schedule.SHARES)]
        work(0, Team(1, size), alone)
        team = Team(schedule.SHARES, size)
        threads = [threading.Thread(target=work, args=(rank, team, model)) for rank, model in enumerate(models)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for model in models:
            for (name, value), expected in zip(model.named_parameters(), alone.parameters()):
                torch.testing.assert_close(value.grad, expected.grad, msg=name)


if __name__ == "__main__":
    unittest.main()
