"""The training run, as numbers: everything that decides the checkpoint besides the code and the tables."""

SEED = 1
WORKERS = 2  # processes that share each batch
STEPS = 6000
WARMUP = 60
DECAY_FROM = 4800  # from here the rate falls in a straight line to LOWEST
LOWEST = 0.02
MUON_RATE = 0.02
ADAM_RATE = 0.003
ROW_SHAPES = [(32, 64), (32, 64), (32, 64), (8, 256)]  # rows x tokens of successive batches

# Now and then a batch leaves through the final norm after fewer blocks, so that the middle of the network can be read.
EXIT = {"share": 0.15, "depths": (4, 5, 6, 7), "from": 300}

# (first step, weight of text that is no answer, share of documents of each kind)
STAGES: list[tuple[int, float, dict[str, float]]] = [
    (0, 1.0, {"capital": 20, "country": 17, "other": 22, "list": 4, "plain": 2, "ioi": 11, "agreement": 9,
              "sequence": 6, "sum": 4, "induction": 6, "story": 3}),
    (600, 0.3, {"capital": 20, "country": 15, "other": 22, "list": 3, "plain": 2, "ioi": 12, "agreement": 7,
                "sequence": 6, "sum": 3, "induction": 14, "story": 3}),
]


def stage_at(step: int) -> tuple[float, dict[str, float]]:
    """The weight of text that is no answer, and the mixture."""
    return [(weight, mixture) for first, weight, mixture in STAGES if first <= step][-1]


def rate_at(step: int) -> float:
    """Warm up, hold, decay to nearly nothing."""
    if step < WARMUP:
        return (step + 1) / WARMUP
    if step < DECAY_FROM:
        return 1.0
    return LOWEST + (1 - LOWEST) * (STEPS - step) / (STEPS - DECAY_FROM)
