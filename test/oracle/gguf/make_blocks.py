"""Writes a GGUF file with a tensor of every type of blocks, and what gguf.quants.dequantize makes of each. Needs gguf, numpy and safetensors."""

from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import save_file

FIXTURES = Path(__file__).parent / "fixtures"
ROWS, COLUMNS = 4, 512
BY_QUANTIZE = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "MXFP4")
# Where the scales of a block of random bytes lie, as F16: small ones, so that no number is infinite.
SCALES = {"Q2_K": (80, 82), "Q3_K": (108,), "Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,), "IQ4_NL": (0,), "IQ4_XS": (0,)}


def main() -> None:
    FIXTURES.mkdir(exist_ok=True)
    random = np.random.default_rng(0)
    writer = gguf.GGUFWriter(FIXTURES / "blocks.gguf", "llama")
    expected = {}
    for name in (*BY_QUANTIZE, *SCALES):
        kind = gguf.GGMLQuantizationType[name]
        if name in BY_QUANTIZE:
            rows = gguf.quants.quantize(random.standard_normal((ROWS, COLUMNS), dtype=np.float32), kind)
        else:
            numbers, size = gguf.GGML_QUANT_SIZES[kind]
            blocks = random.integers(0, 256, (ROWS * COLUMNS // numbers, size), dtype=np.uint8)
            for at in SCALES[name]:
                scale = random.uniform(-0.01, 0.01, len(blocks)).astype("<f2")
                blocks[:, at : at + 2] = scale.view(np.uint8).reshape(-1, 2)
            rows = blocks.reshape(ROWS, -1)
        writer.add_tensor(name, rows, raw_dtype=kind)
        expected[name] = gguf.quants.dequantize(rows, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(expected, FIXTURES / "blocks.safetensors")


if __name__ == "__main__":
    main()
