"""Makes the fixtures of all families but GPT-2: tiny random checkpoints, and what `transformers` computes on them.

    pip install -r test/oracle/requirements.txt
    python test/oracle/families/make.py          # all
    python test/oracle/families/make.py llama    # only these

test/oracle/README.md says what a fixture holds.
"""

import json
import shutil
import sys
import zlib
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers.utils import logging

from anatomies import ANATOMIES
from checkpoints import FIXTURES, random_model
from readings import SOME_NEURONS, lens, project, rows_to_read
from tracer import load_reference, part, trace

FOLDER = Path(__file__).resolve().parent / "fixtures"
LIMIT = 300_000
LENS_K = 10


def make(name: str) -> None:
    fixture = FIXTURES[name]
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "model").mkdir(parents=True)
    model = random_model(zlib.crc32(name.encode()), fixture)
    (fixture.save or (lambda m, to: m.save_pretrained(to)))(model, folder / "model")
    (folder / "model" / "generation_config.json").unlink(missing_ok=True)
    if fixture.published:
        publish(folder / "model" / "config.json", fixture.published)
    logits = expect(folder, list(fixture.tokens))
    if fixture.published:
        with torch.no_grad():
            before = model(input_ids=torch.tensor([fixture.tokens])).logits.squeeze(0)
        torch.testing.assert_close(logits.float(), before, rtol=1e-4, atol=1e-4)  # the rewritten config means the same model
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert size <= LIMIT, f"{name} takes {size} bytes"


def publish(file: Path, rewrite) -> None:
    """Rewrites config.json in the vocabulary in which checkpoints of the family were published."""
    file.write_text(json.dumps(rewrite(json.loads(file.read_text())), indent=2) + "\n")


def expect(folder: Path, tokens: list[int]) -> torch.Tensor:
    """Writes expected.safetensors and fixture.json: the checkpoint as it was stored, run in float64. Returns the logits."""
    model = load_reference(folder / "model")
    anatomy = ANATOMIES[model.config.model_type](model.config)
    layers = range(len(part(model, anatomy.blocks)))
    position = len(tokens) - 2
    seen = trace(model, anatomy, tokens)
    target = int(seen["logits"][position].argmax())
    with torch.no_grad():
        projections = {l: project(model, anatomy, seen, l, position) for l in layers}
        anchor = seen[f"blocks.{layers[-1]}.hook_resid_post"][position]
        readings = lens(model, anatomy, rows_to_read(seen, projections, position), target, anchor, LENS_K)
    capped = readings["uncapped"] if anatomy.logit_softcap is None else torch.tanh(readings["uncapped"] / anatomy.logit_softcap) * anatomy.logit_softcap
    torch.testing.assert_close(capped[0], seen["logits"][position, target])
    expected = {key: value for key, value in seen.items() if ".normed_" not in key and ".latent_" not in key}
    expected |= {f"project.{l}.{key}": value for l in layers for key, value in projections[l].items()}
    expected |= {f"lens.{key}": value for key, value in readings.items()}
    stored = {key: (v if v.dtype == torch.int32 else v.float()).contiguous() for key, v in expected.items()}
    for key, value in stored.items():
        assert value.isfinite().all(), f"{key} is not finite"
    save_file(stored, folder / "expected.safetensors")
    question = {
        "tokens": tokens, "position": position, "target": target, "k": LENS_K, "neurons": SOME_NEURONS, "layers": list(layers),
    }  # fmt: skip
    (folder / "fixture.json").write_text(json.dumps(question, indent=2) + "\n")
    peak = max(seen[f"blocks.{l}.attn.hook_pattern"][:, position].max() for l in layers)
    print(f"{folder.name}: peak attention {peak:.2f}, final stream {anchor.norm():.1f}", flush=True)
    return seen["logits"]


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for name in sys.argv[1:] or FIXTURES:
        make(name)
