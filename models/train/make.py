"""One command from nothing to the published folder: tokenizer, training, export, grades, probe, card."""
import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Large blocks stay with the process instead of going back to the system after every operation; glibc only.
QUIET = {"MALLOC_MMAP_THRESHOLD_": "4000000000", "MALLOC_TRIM_THRESHOLD_": "8000000000", "MALLOC_TOP_PAD_": "100000000",
         "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"}


def call(script: str, *arguments: object, **environment: str) -> None:
    print("==", script, *arguments, flush=True)
    subprocess.run([sys.executable, str(HERE / script), *map(str, arguments)], check=True, env={**os.environ, **environment})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=HERE / "run", help="checkpoints, resumed from if there")
    parser.add_argument("--out", type=Path, default=HERE.parent / "visit-small", help="the published folder")
    options = parser.parse_args()
    tokenizer = options.run / "tokenizer"
    if not (tokenizer / "tokenizer.json").exists():
        call("tokenizer.py", tokenizer)
    call("train.py", tokenizer, options.run, **QUIET)
    call("export.py", options.run, tokenizer, options.out)
    call("grade.py", options.out)
    call("probe.py", options.out)
    call("card.py", options.out, options.run)


if __name__ == "__main__":
    main()
