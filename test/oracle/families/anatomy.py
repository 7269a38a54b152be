"""Where a family of `transformers` models keeps its parts: dotted paths, and how fused projections are split."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, cat, nn
from transformers.pytorch_utils import Conv1D


@dataclass(frozen=True)
class Shape:
    """Query heads, key/value groups, width of a head."""

    heads: int
    groups: int
    width: int
    # of its value; 0: the same
    value_width: int = 0

    @property
    def read(self) -> int:
        """Width of a head's value, and of what it reads."""
        return self.value_width or self.width


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
class Latent:
    """Latent attention: queries, and keys and values, of bottlenecks; the last features of all keys are the same."""

    query_rank: int | None
    rank: int
    own: int
    shared: int

    def qkv(self, s: Shape) -> dict[str, Split]:
        def keys_and_values(x: Tensor, _: Shape) -> dict[str, Tensor]:
            own, v = x.flatten(0, -2).unflatten(-1, (s.heads, self.own + s.read)).split([self.own, s.read], dim=-1)
            return {"own_k": own, "v": v}

        return {
            "q_b_proj" if self.query_rank else "q_proj": lambda x, _: {"q": x.unflatten(-1, (s.heads, s.width))},
            "kv_a_proj_with_mqa": lambda x, _: {"shared_k": x[..., self.rank :]},
            "kv_b_proj": keys_and_values,
        }


def joined_keys(parts: dict[str, Tensor], heads: int, prefix: str = "") -> dict[str, Tensor]:
    """What splits yield, with keys put together of the features that a head has alone and those that all share."""
    own, shared = parts.pop(f"{prefix}own_k", None), parts.pop(f"{prefix}shared_k", None)
    if own is not None:
        parts[prefix + "k"] = cat([own, shared.unsqueeze(-2).expand(*shared.shape[:-1], heads, -1)], dim=-1)
    return parts


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
    latent: Latent | None = None
    # how many of a head's last features, which turn in pairs of neighbours, the model puts in another order as it turns them
    unpaired: int = 0
    # ---- numbers
    clip_qkv: float | None = None
    residual_multiplier: float = 1.0
    logit_scale: float = 1.0
    logit_softcap: float | None = None


def in_out(module: nn.Module) -> Tensor:
    """A layer's weight as [inputs, outputs]."""
    return module.weight if isinstance(module, Conv1D) else module.weight.T
