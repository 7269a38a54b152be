#!/usr/bin/env python3
"""Small models of TransformerLens, described in visit.model.json, and what TransformerLens itself computes of them.

    python3 -m venv venv && venv/bin/pip install transformer-lens==2.16.1 safetensors torch
    venv/bin/python test/oracle/described/make_toys.py

Each folder beside this file holds a model as `HookedTransformer.state_dict()` names its tensors, and expected.safetensors: the tensors of
a trace under TransformerLens's names (`embed`, `pos_embed` and `logits` under ours), and under `gradient.` what torch's autograd has of the logit of a token with respect to them, all in
double precision, kept as float32; and the logits without head 1 of block 0.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformer_lens import HookedTransformer, HookedTransformerConfig

HERE = Path(__file__).parent
TOKENS = [3, 17, 5, 3, 17, 8, 22]
TARGET, POSITION = 5, 5
IN_TRACE = ("hook_embed", "hook_pos_embed", "hook_resid_pre", "hook_attn_out", "hook_resid_mid", "hook_mlp_out", "hook_resid_post")
IN_BLOCK = ("attn.hook_q", "attn.hook_k", "attn.hook_v", "attn.hook_pattern", "attn.hook_z", "mlp.hook_post")
WITH_GRADIENT = ("hook_resid_pre", "hook_attn_out", "hook_mlp_out", "attn.hook_q", "attn.hook_k", "attn.hook_v", "attn.hook_z", "mlp.hook_post")

HEADS = {"stored": "heads"}
ATTENTION = {
    "q": {"weight": "blocks.*.attn.W_Q", "bias": "blocks.*.attn.b_Q", **HEADS},
    "k": {"weight": "blocks.*.attn.W_K", "bias": "blocks.*.attn.b_K", **HEADS},
    "v": {"weight": "blocks.*.attn.W_V", "bias": "blocks.*.attn.b_V", **HEADS},
    "o": {"weight": "blocks.*.attn.W_O", "bias": "blocks.*.attn.b_O", **HEADS},
}
FEED_FORWARD = {
    "up": {"weight": "blocks.*.mlp.W_in", "bias": "blocks.*.mlp.b_in", "stored": "in_out"},
    "down": {"weight": "blocks.*.mlp.W_out", "bias": "blocks.*.mlp.b_out", "stored": "in_out"},
}
READ = {"weight": "unembed.W_U", "bias": "unembed.b_U", "stored": "in_out"}


def norm(name):
    return {"gain": f"{name}.w", "bias": f"{name}.b"}


def sizes(config):
    return {
        "schema": "visit.model/1",
        "family": "TransformerLens",
        "layers": config.n_layers,
        "dModel": config.d_model,
        "heads": config.n_heads,
        "dHead": config.d_head,
        "vocabSize": config.d_vocab,
        "contextLength": config.n_ctx,
    }


def make(name, positions, **settings):
    config = HookedTransformerConfig(
        n_ctx=12, d_vocab=23, dtype=torch.float64, device="cpu", seed=7, init_weights=True, initializer_range=0.5, **settings
    )
    model = HookedTransformer(config)
    generator = torch.Generator().manual_seed(11)
    weights = {}
    for key, value in model.state_dict().items():
        if key.rsplit(".", 1)[-1] in ("mask", "IGNORE"):
            continue
        if not positions and key == "pos_embed.W_pos":
            value = torch.zeros_like(value)
        elif key.rsplit(".", 1)[-1].startswith("b") or key.endswith(".w"):
            # Biases and gains start at 0 and 1, which would hide them.
            value = value + 0.3 * torch.randn(value.shape, generator=generator, dtype=value.dtype)
        weights[key] = value.to(torch.float32)
    model.load_state_dict({key: value.to(torch.float64) for key, value in weights.items()}, strict=False)

    kept = {}

    def keep(value, hook):
        if value.requires_grad:
            value.retain_grad()
        kept[hook.name] = value

    logits = model.run_with_hooks(torch.tensor([TOKENS]), fwd_hooks=[(lambda _: True, keep)])
    logits[0, POSITION, TARGET].backward()
    expected = {"logits": logits[0]}
    for key, value in kept.items():
        part = key.split(".", 2)[-1] if key.startswith("blocks.") else key
        if part in IN_TRACE or part in IN_BLOCK:
            if positions or key != "hook_pos_embed":
                expected[key.removeprefix("hook_") if key in ("hook_embed", "hook_pos_embed") else key] = value[0]
        if part in WITH_GRADIENT and value.grad is not None:
            expected[f"gradient.{key}"] = value.grad[0]

    def off(value, hook):
        value[:, :, 1] = 0
        return value

    with torch.no_grad():
        changed = model.run_with_hooks(torch.tensor([TOKENS]), fwd_hooks=[("blocks.0.attn.hook_z", off)])
    expected["head off.logits"] = changed[0]

    folder = HERE / name
    folder.mkdir(exist_ok=True)
    described = sizes(config)
    blocks = dict(ATTENTION)
    read = dict(READ)
    if not config.attn_only:
        described |= {"dMlp": config.d_mlp, "activation": config.act_fn}
        blocks |= FEED_FORWARD
    if config.normalization_type == "LN":
        blocks["ln1"] = norm("blocks.*.ln1")
        if not config.attn_only:
            blocks["ln2"] = norm("blocks.*.ln2")
        read["norm"] = norm("ln_final")
    embedding = {"tokens": "embed.W_E"} | ({"positions": "pos_embed.W_pos"} if positions else {})
    described |= {"embedding": embedding, "blocks": blocks, "unembedding": read}
    (folder / "visit.model.json").write_text(json.dumps(described, indent=2) + "\n")
    if not positions:
        del weights["pos_embed.W_pos"]
    save_file({key: value.contiguous() for key, value in weights.items()}, folder / "model.safetensors")
    save_file({key: value.detach().to(torch.float32).contiguous() for key, value in expected.items()}, folder / "expected.safetensors")
    print(name, sum(value.numel() for value in weights.values()), "parameters")


make("attention-only", True, n_layers=2, d_model=12, d_head=4, n_heads=3, attn_only=True, normalization_type=None)
make("one-layer-bare", False, n_layers=1, d_model=10, d_head=5, n_heads=2, attn_only=True, normalization_type=None)
make("attention-only-normed", True, n_layers=3, d_model=12, d_head=6, n_heads=2, attn_only=True, normalization_type="LN")
make("four-layers", True, n_layers=4, d_model=12, d_head=4, n_heads=3, d_mlp=20, act_fn="gelu", normalization_type="LN")
