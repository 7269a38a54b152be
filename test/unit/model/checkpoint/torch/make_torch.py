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


def views() -> dict:
    """Tensors that are seen in other ways than they are stored, or of which torch keeps more than numbers."""
    numbers = torch.arange(6.0)
    noted, trained = torch.tensor([1.0, 2.0]), torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    noted.about = trained.about = "a note"
    return dict(
        negated=torch._neg_view(numbers),
        conjugated=torch.complex(numbers, numbers).conj(),
        repeated=numbers[:3].expand(4, 3),
        every_second=numbers[::2],
        cube=numbers.reshape(1, 2, 3).permute(2, 0, 1),
        inner=numbers.reshape(2, 3)[:, 1:],
        one_column=numbers.reshape(6, 1).t(),
        noted=noted,
        trained=trained,
        unsigned=torch.tensor([1, 65535], dtype=torch.uint16),
        scales=torch.tensor([1.0, 2.0]).to(torch.float8_e8m0fnu),
        bytes=torch.tensor([1.5]).untyped_storage(),
    )


# Kinds of tensors that are refused by their names.
OTHERS = {
    "sparse": lambda: torch.eye(3).to_sparse(),
    "sparse-rows": lambda: torch.eye(3).to_sparse_csr(),
    "quantised": lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
    "ragged": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "meta": lambda: torch.empty(2, device="meta"),
    "double-complex": lambda: torch.ones(2, dtype=torch.complex128),
}


class Hostile:
    def __reduce__(self):
        return os.system, ("touch /tmp/visit-was-here",)


def main() -> None:
    FIXTURES.mkdir(exist_ok=True)
    torch.save(state(), FIXTURES / "zip.bin")
    torch.save({key: value for key, value in state().items() if key != "eighth"}, FIXTURES / "sequence.bin", _use_new_zipfile_serialization=False)
    lens = {"config": {"layers": [0, 1], "scale": 0.5, "name": "lens", "large": 2**60, "dtype": torch.float16, "none": None}, "layers": [{"weight": torch.eye(2)}]}
    torch.save(lens, FIXTURES / "nested.pt")
    torch.save(views(), FIXTURES / "views.bin")
    for name, make in OTHERS.items():
        torch.save({"weight": torch.zeros(2), "other": make()}, FIXTURES / f"{name}.bin")
    torch.save({"weight": torch.zeros(2), "extra": Hostile()}, FIXTURES / "hostile.bin")
    with zipfile.ZipFile(FIXTURES / "bare-hostile.bin", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Hostile(), protocol=4))
    for name in ("zip.bin", "nested.pt"):
        assert torch.load(FIXTURES / name, weights_only=True) is not None


if __name__ == "__main__":
    main()
