"""Writes the texts that the fitted lens is fitted on: documents of the last mixture that the model was trained on, one a line, from
another seed than its training."""
import itertools
import sys

import generator
import schedule

SEED = 20_000


def texts(count: int) -> list[str]:
    """Documents of several lines are left out."""
    documents = (made.text for _, made in generator.stream(SEED, schedule.STAGES[-1][3]))
    return list(itertools.islice((text for text in documents if "\n" not in text), count))


if __name__ == "__main__":
    sys.stdout.write("".join(f"{text}\n" for text in texts(int(sys.argv[1]))))
