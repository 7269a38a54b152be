"""Where a family of `transformers` models keeps its parts: dotted paths, and how fused projections are split."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D


@dataclass(frozen=True)
class Shape:
    """Query heads, key/value groups, width of a head."""

    heads: int
    groups: int
    width: int


# [..., features of a projection] → some of q [..., H, k], k [..., G, k], v [..., G, k]. Works on activations and on
# weights stored as [inputs, outputs] alike.
Split = Callable[[Tensor, Shape], dict[str, Tensor]]


def separate(q: str = "q_proj", k: str = "k_proj", v: str = "v_proj") -> dict[str, Split]:
    """Three projections, heads side by side."""
    return {
        q: lambda x, s: {"q": x.unflatten(-1, (s.heads, s.width))},
        k: lambda x, s: {"k": x.unflatten(-1, (s.groups, s.width))},
        v: lambda x, s: {"v": x.unflatten(-1, (s.groups, s.width))},
    }


def blocks_of_heads(path: str) -> dict[str, Split]:
    """One projection: all queries, then all keys, then all values."""

    def split(x: Tensor, s: Shape) -> dict[str, Tensor]:
        parts = x.unflatten(-1, (-1, s.width)).split([s.heads, s.groups, s.groups], dim=-2)
        return dict(zip("qkv", parts, strict=True))

    return {path: split}


def interleaved_by_group(path: str) -> dict[str, Split]:
    """One projection: for each group its queries, its key, its value."""

    def split(x: Tensor, s: Shape) -> dict[str, Tensor]:
        x = x.unflatten(-1, (s.groups, s.heads // s.groups + 2, s.width))
        return {"q": x[..., :-2, :].flatten(-3, -2), "k": x[..., -2, :], "v": x[..., -1, :]}

    return {path: split}


def in_slices(path: str, count: int) -> dict[str, Split]:
    """One projection in slices, each with the queries, then the values, then the keys of its share of the heads."""

    def split(x: Tensor, s: Shape) -> dict[str, Tensor]:
        q, v, k = x.unflatten(-1, (count, 3, s.heads // count, s.width)).unbind(-3)
        return {name: heads.flatten(-3, -2) for name, heads in [("q", q), ("k", k), ("v", v)]}

    return {path: split}


@dataclass(frozen=True)
class Anatomy:
    """Paths are dotted: those of the model start at the model, those of a block at the block; None = has no such part."""

    shape: Shape
    # ---- of the model
    blocks: str
    final_norm: str | None
    unembed: str
    positions: str | None = None
    project_out: str | None = None
    # ---- of a block
    attention: str = "self_attn"
    qkv: dict[str, Split] | None = None  # paths start at the attention module
    o: str = "self_attn.o_proj"
    ln1: str | None = "input_layernorm"
    ln2: str | None = "post_attention_layernorm"
    # the module whose input is the stream between attention and feed-forward; None in parallel blocks
    mid: str | None = "post_attention_layernorm"
    # norms of a branch's output, before it is added
    ln1_post: str | None = None
    ln2_post: str | None = None
    up: str = "mlp.up_proj"
    gate: str | None = None
    gate_and_up: bool = False  # `up` holds the gate rows and then the up rows
    down: str = "mlp.down_proj"
    # the feed-forward layer, in families in which some or all are mixtures of experts
    mixture: str | None = None
    # norms of queries and keys; paths start at the attention module
    q_norm: str | None = None
    k_norm: str | None = None
    norms_rotated: bool = False  # these come after the rotation
    # ---- numbers
    clip_qkv: float | None = None
    residual_multiplier: float = 1.0
    logit_scale: float = 1.0
    logit_softcap: float | None = None


def in_out(module: nn.Module) -> Tensor:
    """A layer's weight as [inputs, outputs]."""
    return module.weight if isinstance(module, Conv1D) else module.weight.T
