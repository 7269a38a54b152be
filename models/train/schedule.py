"""The training run, as numbers: everything that decides the checkpoint besides the code and the tables."""
import random

SEED = 1
SHARES = 2  # parts in which every batch is drawn and computed; without a GPU each has a process of its own
STEPS = 2900
# (step, share of the rates below); straight lines between: warm up, hold, decay to nearly nothing
RATE = [(0, 0.0), (60, 1.0), (1500, 1.0), (2900, 0.02)]
MUON_RATE = 0.02
ADAM_RATE = 0.003
ROW_SHAPES = [(32, 64), (32, 64), (32, 64), (8, 256)]  # rows x tokens of successive batches

# Now and then a batch leaves through the final norm after fewer blocks, so that the middle of the network can be read.
# The fewer blocks, the more rarely: answers then come into sight over several blocks, instead of all in the first that is asked.
EXITS = {2: 0.008, 3: 0.012, 4: 0.02, 5: 0.03, 6: 0.04, 7: 0.05}  # blocks run: share of batches
EXITS_FROM = 300

# (first step, weight of text that is no answer, share of documents in which a space stands alone, share of each kind)
STAGES: list[tuple[int, float, float, dict[str, float]]] = [
    # the language
    (0, 1.0, 0.0, {"capital": 20, "country": 17, "other": 22, "list": 4, "plain": 2, "ioi": 11, "agreement": 9,
                   "sequence": 6, "sum": 4, "induction": 6, "story": 3}),
    # looking back: names, repetition
    (400, 0.3, 0.15, {"capital": 12, "country": 18, "other": 24, "list": 3, "plain": 2, "ioi": 15, "agreement": 8,
                      "sequence": 6, "sum": 5, "induction": 14, "story": 2}),
    # everything it is graded on
    (1400, 0.3, 0.3, {"capital": 15, "country": 20, "other": 25, "list": 2, "plain": 2, "ioi": 15, "agreement": 9,
                      "sequence": 11, "sum": 10, "induction": 10, "story": 1}),
]


def stage_at(step: int) -> tuple[float, float, dict[str, float]]:
    """The weight of text that is no answer, the share of documents with a lone space, and the mixture."""
    return [tuple(rest) for first, *rest in STAGES if first <= step][-1]


def exit_at(step: int) -> int | None:
    """After how many blocks the batch of this step leaves the network; ``None``: after all."""
    if step < EXITS_FROM:
        return None
    draw = random.Random(SEED * 7919 + step).random()
    for depth, share in EXITS.items():
        draw -= share
        if draw < 0:
            return depth
    return None


def rate_at(step: int) -> float:
    """The share of the learning rates that applies to the update after ``step`` updates."""
    for (start, low), (end, high) in zip(RATE, RATE[1:]):
        if step + 1 <= end:
            return low + (high - low) * (step + 1 - start) / (end - start)
    return RATE[-1][1]
