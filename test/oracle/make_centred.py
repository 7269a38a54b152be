"""Makes `centred.safetensors`: the centred shares of what the other fixtures read, for every fixture.

    pip install -r test/oracle/requirements.txt
    python test/oracle/make_centred.py        # whenever models/visit-small changes
    python test/oracle/make_centred.py llama  # only these, when they have been made anew

The shares of every token of the vocabulary are written out, and their mean is subtracted: no mean row of the unembedding is used.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from make_fixtures import ANATOMIES, FIXTURES, HERE, VISIT_SMALL, load_reference, trace
from readings import bias_of, scale_of, through_frozen
from tracer import part


def centred(folder):
    question = json.loads((folder / "fixture.json").read_text())
    model = load_reference(VISIT_SMALL if "model" in question else folder / "model")
    anatomy = ANATOMIES[model.config.model_type](model.config)
    seen = trace(model, anatomy, question["tokens"])
    position, target = question["position"], question["target"]
    layers = 1 + max(int(name.split(".")[1]) for name in seen if name.startswith("blocks."))
    anchor = seen[f"blocks.{layers - 1}.hook_resid_post"][position]
    rows = load_file(folder / "expected.safetensors")["lens.rows"].double()

    unembed = part(model, anatomy.unembed)
    norm = part(model, anatomy.final_norm) if anatomy.final_norm else None
    project_out = part(model, anatomy.project_out) if anatomy.project_out else nn.Identity()
    of_all = lambda x: project_out(x) @ unembed.weight.T * anatomy.logit_scale
    less_mean = lambda logits: logits[..., target] - logits.mean(dim=-1)

    bias = torch.zeros(len(unembed.weight), dtype=rows.dtype)
    if norm is not None and bias_of(norm) is not None:
        bias = bias + of_all(bias_of(norm))
    if unembed.bias is not None:
        bias = bias + unembed.bias * anatomy.logit_scale
    return {
        "shares": less_mean(of_all(rows if norm is None else through_frozen(norm, rows) / scale_of(norm, anchor))),
        "normBias": less_mean(bias).reshape(1),
        "meanLogit": seen["logits"][position].mean().reshape(1),
    }


def main(names):
    file = HERE / "centred.safetensors"
    found = {name: value for name, value in (load_file(file) if names else {}).items() if name.split("/")[0] not in names}
    for folder in sorted([*FIXTURES.iterdir(), *(HERE / "families" / "fixtures").iterdir()]):
        if (folder / "fixture.json").exists() and (not names or folder.name in names):
            with torch.no_grad():
                found |= {f"{folder.name}/{name}": value.float().contiguous() for name, value in centred(folder).items()}
            print(folder.name, flush=True)
    save_file(found, file)


if __name__ == "__main__":
    main(sys.argv[1:])
