#!/usr/bin/env python3
"""A model that is written by hand in plain torch, described in visit.model.json, and what torch computes of it.

    venv/bin/python test/oracle/described/make_plain.py

It has what the toys of TransformerLens lack: a token table that is narrower than the stream, the same for reading; layers that all blocks
share; queries, keys and values of few numbers; heads that share keys and values; norms of heads, and of what branches write. The files are as
make_toys.py says.
"""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

HERE = Path(__file__).parent / "plain"
TOKENS = [3, 17, 5, 3, 17, 8, 22]
TARGET, POSITION = 5, 5
LAYERS, D, TABLE, HEADS, GROUPS, K, LOW_Q, LOW_KV, F_, V, T = 3, 16, 6, 4, 2, 6, 7, 5, 20, 23, 12
EPSILON, BASE, CAP = 1e-3, 100.0, 2.5


def rms(x: Tensor, gain: Tensor) -> Tensor:
    return x / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON) * gain


def turned(x: Tensor) -> Tensor:
    """The first four features of every head, in pairs of halves. [T,heads,K]"""
    rotated, rest = x[..., :4], x[..., 4:]
    angles = torch.arange(len(x), dtype=x.dtype)[:, None] / BASE ** (torch.arange(0, 4, 2, dtype=x.dtype) / 4)
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]
    a, b = rotated.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin, rest], dim=-1)


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table, self.widen = nn.Embedding(V, TABLE), nn.Linear(TABLE, D, bias=False)
        self.low_q, self.low_kv = nn.Linear(D, LOW_Q, bias=False), nn.Linear(D, LOW_KV)
        self.q, self.k, self.o = nn.Linear(LOW_Q, HEADS * K), nn.Linear(LOW_KV, GROUPS * K, bias=False), nn.Linear(HEADS * K, D)
        # Of values each block has its own.
        self.v = nn.ModuleList(nn.Linear(LOW_KV, GROUPS * K, bias=False) for _ in range(LAYERS))
        self.gate, self.up, self.down = nn.Linear(D, F_, bias=False), nn.Linear(D, F_, bias=False), nn.Linear(F_, D, bias=False)
        self.gains = nn.ParameterDict({name: torch.ones(width) for name, width in [
            ("ln1", D), ("ln1_post", D), ("ln2", D), ("ln2_post", D), ("final", D), ("low_q", LOW_Q), ("q", K), ("k", K),
        ]})
        self.narrow = nn.Linear(D, TABLE, bias=False)

    def forward(self, tokens: Tensor, keep, head_off: bool = False) -> Tensor:
        g = self.gains
        x = keep("embed", self.widen(self.table(tokens)))
        for l in range(LAYERS):
            at = f"blocks.{l}."
            x = keep(at + "hook_resid_pre", x)
            read = rms(x, g["ln1"])
            few = self.low_kv(read)
            q = keep(at + "attn.hook_q", self.q(rms(self.low_q(read), g["low_q"])).unflatten(-1, (HEADS, K)))
            k = keep(at + "attn.hook_k", self.k(few).unflatten(-1, (GROUPS, K)))
            v = keep(at + "attn.hook_v", self.v[l](few).unflatten(-1, (GROUPS, K)))
            met_q, met_k = turned(rms(q, g["q"])), turned(rms(k, g["k"])).repeat_interleave(HEADS // GROUPS, dim=1)
            scores = torch.einsum("qhk,shk->hqs", met_q, met_k) / math.sqrt(K)
            masked = scores.masked_fill(torch.ones(len(x), len(x), dtype=torch.bool).triu(1), -math.inf)
            pattern = keep(at + "attn.hook_pattern", masked.softmax(-1))
            z = keep(at + "attn.hook_z", torch.einsum("hqs,shk->qhk", pattern, v.repeat_interleave(HEADS // GROUPS, dim=1)))
            if head_off and l == 0:
                z = z * torch.tensor([1.0, 0.0, 1.0, 1.0], dtype=z.dtype)[:, None]
            x = keep(at + "hook_resid_mid", x + keep(at + "hook_attn_out", rms(self.o(z.flatten(1)), g["ln1_post"])))
            read = rms(x, g["ln2"])
            post = keep(at + "mlp.hook_post", F.silu(self.gate(read)) * self.up(read))
            x = keep(at + "hook_resid_post", x + keep(at + "hook_mlp_out", rms(self.down(post), g["ln2_post"])))
        logits = 0.5 * self.narrow(rms(x, g["final"])) @ self.table.weight.T
        return keep("logits", CAP * torch.tanh(logits / CAP))


def description() -> dict:
    def gain(name: str) -> dict:
        return {"gain": f"gains.{name}"}

    layer = {name: {"weight": f"{name}.weight"} for name in ("k", "gate", "up", "down")}
    biased = {name: {"weight": f"{name}.weight", "bias": f"{name}.bias"} for name in ("q", "o")}
    return {
        "schema": "visit.model/1", "family": "plain", "layers": LAYERS, "dModel": D, "heads": HEADS, "keyValueHeads": GROUPS, "dHead": K, "dMlp": F_,
        "vocabSize": V, "contextLength": T, "norm": {"kind": "rms", "epsilon": EPSILON}, "activation": "silu", "rotary": {"base": BASE, "width": 4},
        "embedding": {"tokens": "table.weight", "width": TABLE, "projection": {"weight": "widen.weight"}},
        "blocks": {
            "ln1": gain("ln1"), "ln1Post": gain("ln1_post"), "ln2": gain("ln2"), "ln2Post": gain("ln2_post"),
            "qBottleneck": {"weight": "low_q.weight", "width": LOW_Q, "norm": gain("low_q")},
            "kvBottleneck": {"weight": "low_kv.weight", "bias": "low_kv.bias", "width": LOW_KV},
            **layer, **biased, "v": {"weight": "v.*.weight"}, "qNorm": gain("q"), "kNorm": gain("k"),
        },
        "unembedding": {"norm": gain("final"), "projection": {"weight": "narrow.weight"}, "scale": 0.5, "softCap": CAP},
    }  # fmt: skip


def main() -> None:
    torch.manual_seed(5)
    model = Model()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn_like(parameter)
            parameter.copy_(noise * 0.6 if parameter.ndim > 1 else parameter + noise * 0.3)
    HERE.mkdir(exist_ok=True)
    save_file(model.state_dict(), HERE / "model.safetensors")
    (HERE / "visit.model.json").write_text(json.dumps(description(), indent=2) + "\n")
    model = model.double()

    kept: dict[str, Tensor] = {}

    def keep(name: str, value: Tensor) -> Tensor:
        if value.requires_grad:
            value.retain_grad()
        kept[name] = value
        return value

    tokens = torch.tensor(TOKENS)
    model(tokens, keep)[POSITION, TARGET].backward()
    expected = {name: value.detach() for name, value in kept.items()}
    with_gradient = ("hook_resid_pre", "hook_attn_out", "hook_mlp_out", "hook_q", "hook_k", "hook_v", "hook_z", "hook_post")
    # Each block holds the stream that it enters under a name of its own.
    expected |= {f"gradient.{name}": value.grad for name, value in kept.items() if name.endswith(with_gradient)}
    with torch.no_grad():
        expected["head off.logits"] = model(tokens, lambda _, value: value, head_off=True)
    save_file({name: value.float().contiguous() for name, value in expected.items()}, HERE / "expected.safetensors")
    print({file.name: file.stat().st_size for file in HERE.iterdir()}, expected["blocks.1.attn.hook_pattern"][:, POSITION].max().item())


main()
