"""The training run, as numbers: everything that decides the checkpoint besides the code and the tables."""

SEED = 1
WORKERS = 2  # processes that share each batch
STEPS = 2950
# (step, share of the rates below); straight lines between: warm up, hold, decay to nearly nothing
RATE = [(0, 0.0), (60, 1.0), (1600, 1.0), (1700, 0.67), (2000, 0.18), (2010, 0.7), (2250, 0.7), (2400, 0.47), (2410, 0.6),
        (2520, 0.6), (2950, 0.02)]
MUON_RATE = 0.02
ADAM_RATE = 0.003
ROW_SHAPES = [(32, 64), (32, 64), (32, 64), (8, 256)]  # rows x tokens of successive batches

WAVES_AT = 900  # at this step sines and cosines are added to the position embeddings (``GPT2.add_waves``)

MORE_FROM = 2000  # from this step on, texts about capitals have the late phrasings too

# Now and then a batch leaves through the final norm after fewer blocks, so that the middle of the network can be read.
EXIT = {"share": 0.15, "depths": (4, 5, 6, 7), "from": 300}

# (first step, weight of text that is no answer, share of documents of each kind)
STAGES: list[tuple[int, float, dict[str, float]]] = [
    (0, 1.0, {"capital": 20, "country": 17, "other": 22, "list": 4, "plain": 2, "ioi": 11, "agreement": 9,
              "sequence": 6, "sum": 4, "induction": 6, "story": 3}),
    (600, 0.3, {"capital": 20, "country": 15, "other": 22, "list": 3, "plain": 2, "ioi": 12, "agreement": 7,
                "sequence": 6, "sum": 3, "induction": 14, "story": 3}),
    (800, 0.3, {"capital": 9, "country": 20, "other": 26, "list": 3, "plain": 2, "ioi": 16, "agreement": 5,
                "sequence": 4, "sum": 5, "induction": 14, "story": 1}),
    (1100, 0.3, {"capital": 9, "country": 18, "other": 25, "list": 2, "plain": 2, "ioi": 13, "agreement": 12,
                 "sequence": 5, "sum": 5, "induction": 13, "story": 1}),
    (1400, 0.3, {"capital": 9, "country": 20, "other": 26, "list": 2, "plain": 2, "ioi": 18, "agreement": 9,
                 "sequence": 7, "sum": 12, "induction": 8, "story": 1}),
    (1600, 0.3, {"capital": 10, "country": 22, "other": 22, "list": 1, "plain": 2, "ioi": 18, "agreement": 12,
                 "sequence": 14, "sum": 8, "induction": 8, "story": 1}),
    (2000, 0.3, {"capital": 18, "country": 20, "other": 22, "list": 2, "plain": 2, "ioi": 17, "agreement": 9,
                 "sequence": 12, "sum": 8, "induction": 8, "story": 1}),
    (2400, 0.3, {"capital": 17, "country": 20, "other": 25, "list": 2, "plain": 2, "ioi": 15, "agreement": 8,
                 "sequence": 11, "sum": 12, "induction": 7, "story": 1}),
]


def stage_at(step: int) -> tuple[float, dict[str, float]]:
    """The weight of text that is no answer, and the mixture."""
    return [(weight, mixture) for first, weight, mixture in STAGES if first <= step][-1]


# (first step, share of documents in which the space before one word is a token of its own, as in a prompt that ends in one)
LONE_SPACE = [(0, 0.05), (2400, 0.25)]


def lone_space_at(step: int) -> float:
    return [share for first, share in LONE_SPACE if first <= step][-1]


def rate_at(step: int) -> float:
    """The share of the learning rates that applies to the update after ``step`` updates."""
    for (start, low), (end, high) in zip(RATE, RATE[1:]):
        if step + 1 <= end:
            return low + (high - low) * (step + 1 - start) / (end - start)
    return RATE[-1][1]
