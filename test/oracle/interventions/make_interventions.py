"""Makes the oracle fixture of interventions: what the reference implementation computes while hooks change it.

    python test/oracle/interventions/make_interventions.py

The checkpoint is that of the `trained` fixture, in float64. Names of components and what each does: docs/method.md, "What if".
"""

import json
import re
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from make_fixtures import FIXTURES, load_reference, run_with_hooks  # noqa: E402

TOKENS = [5, 41, 17, 60, 2, 33, 5, 41, 17, 60, 2]
SHORTER = [9, 12, 50, 9, 12, 50, 9]
LONGER = [7, 8, 21, 30, 7, 8, 21, 30, 7, 8, 21, 30, 7]
POSITION = 8

CASES = {
    "a head off": [("blocks.1.attn.head.2", None)],
    "a neuron off": [("blocks.0.mlp.neuron.17", None)],
    "attention off": [("blocks.1.attn", None)],
    "a feed-forward layer off": [("blocks.1.mlp", None)],
    "a source off": [("blocks.1.attn.head.0.value.3", None)],
    "a head of a shorter prompt": [("blocks.1.attn.head.3", SHORTER)],
    "a neuron of a longer prompt": [("blocks.1.mlp.neuron.5", LONGER)],
    "attention of a longer prompt": [("blocks.0.attn", LONGER)],
    "a feed-forward layer of a shorter prompt": [("blocks.1.mlp", SHORTER)],
    "a source of a longer prompt": [("blocks.2.attn.head.1.value.6", LONGER)],
    "a source that the shorter prompt does not have": [("blocks.1.attn.head.0.value.1", SHORTER)],
    "several at once": [
        ("blocks.0.attn.head.1", None),
        ("blocks.1.attn.head.0.value.3", None),
        ("blocks.1.attn.head.0.value.5", LONGER),
        ("blocks.1.attn.head.2", LONGER),
        ("blocks.1.mlp.neuron.0", None),
        ("blocks.1.mlp.neuron.9", SHORTER),
        ("blocks.2.mlp", None),
    ],
}
KEPT = ("hook_resid_post", "attn.hook_z", "hook_attn_out", "hook_mlp_out", "logits")


def put(tensor, columns, donor):
    """A copy of [T,width] whose columns are 0, or the donor's, aligned from the end."""
    changed = tensor.clone()
    if donor is None:
        changed[:, columns] = 0
        return changed
    shift = len(tensor) - len(donor)
    for position in range(max(0, shift), len(tensor)):
        changed[position, columns] = donor[position - shift, columns]
    return changed


def intervene(model, name, donor):
    """Registers the hooks of one intervention; returns their handles. `donor`: the other prompt's trace, or None."""
    layer = int(re.match(r"blocks\.(\d+)\.", name)[1])
    block = model.transformer.h[layer]
    d, heads = model.config.n_embd, model.config.n_head
    width = d // heads
    at = f"blocks.{layer}."
    flat = lambda key: None if donor is None else donor[at + key].reshape(len(donor["logits"]), -1)

    if match := re.search(r"head\.(\d+)\.value\.(\d+)$", name):
        head, source = map(int, match.groups())
        columns = slice(head * width, (head + 1) * width)
        seen = {}

        def keep_qkv(_module, _inputs, output):
            seen["q"], seen["k"], seen["v"] = (part[:, columns] for part in output.squeeze(0).chunk(3, dim=-1))

        def without_source(_module, inputs):
            z = inputs[0].clone()
            scores = (seen["k"][: POSITION + 1] @ seen["q"][POSITION]) / width**0.5
            z[0, POSITION, columns] -= scores.softmax(0)[source] * seen["v"][source]
            if donor is not None:
                shift = len(TOKENS) - len(donor["logits"])
                if source - shift < 0:
                    return None
                attention = donor[at + "attn.hook_pattern"][head, POSITION - shift, source - shift]
                z[0, POSITION, columns] += attention * donor[at + "attn.hook_v"][source - shift, head]
            return (z,)

        return [
            block.attn.c_attn.register_forward_hook(keep_qkv),
            block.attn.c_proj.register_forward_pre_hook(without_source),
        ]
    if match := re.search(r"attn\.head\.(\d+)$", name):
        columns = slice(int(match[1]) * width, (int(match[1]) + 1) * width)
        change = lambda _module, inputs: (put(inputs[0][0], columns, flat("attn.hook_z"))[None],)
        return [block.attn.c_proj.register_forward_pre_hook(change)]
    if match := re.search(r"mlp\.neuron\.(\d+)$", name):
        change = lambda _module, _inputs, output: put(output[0], [int(match[1])], flat("mlp.hook_post"))[None]
        return [block.mlp.act.register_forward_hook(change)]
    if name.endswith(".attn"):
        change = lambda _module, _inputs, output: (put(output[0][0], slice(None), flat("hook_attn_out"))[None], *output[1:])
        return [block.attn.register_forward_hook(change)]
    assert name.endswith(".mlp")
    change = lambda _module, _inputs, output: put(output[0], slice(None), flat("hook_mlp_out"))[None]
    return [block.mlp.register_forward_hook(change)]


if __name__ == "__main__":
    torch.set_num_threads(1)
    model = load_reference(FIXTURES / "trained" / "model")
    ordinary = {tuple(tokens): run_with_hooks(model, tokens) for tokens in (TOKENS, SHORTER, LONGER)}
    expected, cases = {}, []
    for what, interventions in CASES.items():
        handles = []
        for name, prompt in interventions:
            handles += intervene(model, name, None if prompt is None else ordinary[tuple(prompt)])
        trace = run_with_hooks(model, TOKENS)
        for handle in handles:
            handle.remove()
        for name, value in trace.items():
            if name.endswith(KEPT):
                expected[f"{len(cases)}.{name}"] = value.float().contiguous()
        cases.append({"what": what, "interventions": [{"component": n, "tokens": p} for n, p in interventions]})
    save_file(expected, HERE / "expected.safetensors")
    question = {"tokens": TOKENS, "position": POSITION, "cases": cases}
    (HERE / "interventions.json").write_text(json.dumps(question, indent=1) + "\n")
