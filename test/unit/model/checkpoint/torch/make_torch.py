"""Writes the files that torch-file.test.ts reads, with torch.save itself. Run with the packages of test/oracle/requirements.txt."""

import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch

FIXTURES = Path(__file__).parent / "fixtures"


def state() -> OrderedDict:
    numbers = torch.arange(12.0).reshape(3, 4)
    held = OrderedDict(
        rows=numbers,
        tied=numbers,
        last=numbers[1:],
        turned=numbers.t(),
        brain=torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
        half=torch.tensor([[0.5]], dtype=torch.float16),
        parameter=torch.nn.Parameter(torch.tensor([3.25, 4.0])),
        mask=torch.tensor([True, False]),
        eighth=torch.zeros(2, dtype=torch.float8_e4m3fn),
        empty=torch.zeros(0, 3),
        scalar=torch.tensor(7.0),
    )
    held._metadata = OrderedDict([("", {"version": 1})])
    return held


class Hostile:
    def __reduce__(self):
        return os.system, ("touch /tmp/visit-was-here",)


def main() -> None:
    FIXTURES.mkdir(exist_ok=True)
    torch.save(state(), FIXTURES / "zip.bin")
    torch.save({key: value for key, value in state().items() if key != "eighth"}, FIXTURES / "sequence.bin", _use_new_zipfile_serialization=False)
    lens = {"config": {"layers": [0, 1], "scale": 0.5, "name": "lens", "large": 2**60, "dtype": torch.float16, "none": None}, "layers": [{"weight": torch.eye(2)}]}
    torch.save(lens, FIXTURES / "nested.pt")
    torch.save({"weight": torch.zeros(2), "extra": Hostile()}, FIXTURES / "hostile.bin")
    with zipfile.ZipFile(FIXTURES / "bare-hostile.bin", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Hostile(), protocol=4))
    for name in ("zip.bin", "nested.pt"):
        assert torch.load(FIXTURES / name, weights_only=True) is not None


if __name__ == "__main__":
    main()
