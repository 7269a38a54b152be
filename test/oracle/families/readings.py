"""What VISIT reads from a pass, written out straight from docs/method.md: heads in the residual basis, lens, shares."""

import math

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from anatomy import Anatomy, in_out, joined_keys
from mixture import is_mixture, matrices
from tracer import part

SOME_NEURONS = [11, 2, 5, 0]


def gain_of(norm: nn.Module) -> Tensor | float:
    """γ, whatever a norm stores: itself, its distance from 1 (Gemma, Nemotron), or nothing."""
    weight = getattr(norm, "weight", None)
    if weight is None:
        return 1.0
    return 1.0 + weight if any(name in type(norm).__name__ for name in ("Gemma", "LayerNorm1P")) else weight


def bias_of(norm: nn.Module) -> Tensor | None:
    return getattr(norm, "bias", None)


def centres(norm: nn.Module) -> bool:
    """Whether a norm subtracts the mean: layer norms do, RMS norms do not."""
    return not any(name in type(norm).__name__ for name in ("RMS", "L2"))


def epsilon_of(norm: nn.Module) -> float:
    # OLMo writes its epsilon into its forward pass.
    return next((getattr(norm, name) for name in ("variance_epsilon", "eps") if hasattr(norm, name)), 1e-5)


def scale_of(norm: nn.Module, x: Tensor) -> Tensor:
    """What the norm divides x by."""
    centred = x - x.mean(dim=-1, keepdim=True) if centres(norm) else x
    return torch.sqrt(centred.pow(2).mean(dim=-1, keepdim=True) + epsilon_of(norm))


def through_frozen(norm: nn.Module, x: Tensor) -> Tensor:
    """The linear part of a norm, but for its scale."""
    return (x - x.mean(dim=-1, keepdim=True) if centres(norm) else x) * gain_of(norm)


def head_gains(norm: nn.Module, count: int, width: int) -> Tensor:
    """[count, width] gains of a norm of queries or keys: one norm of every head, one of all together, or one for each."""
    if hasattr(norm, "norms"):
        return torch.stack([gain_of(each) for each in norm.norms])
    return torch.as_tensor(gain_of(norm)).reshape(-1, width if isinstance(gain_of(norm), Tensor) else 1).expand(count, width)


def folded(x: Tensor, gains: Tensor, norm: nn.Module) -> Tensor:
    """What meets the vector that the norm was given, up to that vector's own scale: x ⊙ γ, centred where the norm centres."""
    x = x * gains
    return x - x.mean(dim=-1, keepdim=True) if centres(norm) else x


def branch_scale(anatomy: Anatomy, post: nn.Module, written: Tensor) -> Tensor:
    """What a branch's summands are multiplied with on their way to the stream: its post-norm with frozen scale, its multiplier."""
    assert not centres(post)
    return anatomy.residual_multiplier * gain_of(post) / scale_of(post, written)


def check_parts(found: dict[str, Tensor], trace: dict[str, Tensor], layer: int, position: int) -> None:
    """What heads and bias write must be what attention adds."""
    written = found["head_out"].sum(dim=0) + found.get("attn_bias", 0.0)
    torch.testing.assert_close(written, trace[f"blocks.{layer}.hook_attn_out"][position], rtol=1e-5, atol=1e-5)  # norms run in float32


def read_weights(anatomy: Anatomy, attention: nn.Module, trace: dict[str, Tensor], at: str, position: int) -> dict[str, Tensor]:
    """What makes queries and keys of the layer's input, [d,H,k] each; norms of bottlenecks are held at their scale at a position."""
    s, latent = anatomy.shape, anatomy.latent
    weights = {}
    for path, split in anatomy.qkv.items():
        weights |= split(in_out(part(attention, path)), s)
    if latent is None:
        return weights

    def through(layer: Tensor, norm: nn.Module, made: Tensor, heads: Tensor) -> Tensor:
        return torch.einsum("dc,chk->dhk", layer * (gain_of(norm) / scale_of(norm, made)), heads)

    if latent.query_rank:
        made = trace[at + "latent_q"][position]
        weights["q"] = through(in_out(attention.q_a_proj), attention.q_a_layernorm, made, weights["q"])
    compressed = in_out(attention.kv_a_proj_with_mqa)[:, : latent.rank]
    made = trace[at + "latent_kv"][position]
    weights["own_k"] = through(compressed, attention.kv_a_layernorm, made, weights["own_k"])
    return joined_keys(weights, s.heads)


def project(model: PreTrainedModel, anatomy: Anatomy, trace: dict[str, Tensor], layer: int, position: int) -> dict[str, Tensor]:
    """Queries, keys, values and outputs of all heads in the residual basis; what neurons read and write."""
    block = part(model, anatomy.blocks)[layer]
    attention = part(block, anatomy.attention)
    s, at = anatomy.shape, f"blocks.{layer}.attn."
    weights = read_weights(anatomy, attention, trace, at, position)
    group = torch.arange(s.heads) * s.groups // s.heads
    w_q, w_k = weights["q"], weights["k"][:, group]
    o = part(block, anatomy.o)
    scales = {
        branch: branch_scale(anatomy, part(block, path), trace[f"blocks.{layer}.{branch}.hook_out"][position])
        if path
        else anatomy.residual_multiplier
        for branch, path in [("attn", anatomy.ln1_post), ("mlp", anatomy.ln2_post)]
    }
    w_o = (in_out(o) * scales["attn"]).reshape(s.heads, s.read, -1)
    q, k = (trace.get(at + f"normed_{name}", trace[at + f"hook_{name}"]) for name in "qk")
    k, v = k[:, group], trace[at + "hook_v"][:, group]
    if anatomy.q_norm:
        q_norm, k_norm = part(attention, anatomy.q_norm), part(attention, anatomy.k_norm)
        k_gains = head_gains(k_norm, s.groups, s.width)[group]
        q, k = folded(q, k_gains, k_norm), folded(k, head_gains(q_norm, s.heads, s.width), q_norm)
    found = {}
    down = None
    if anatomy.mixture and is_mixture(part(block, anatomy.mixture)):
        chosen = trace[f"blocks.{layer}.mlp.hook_expert_indices"][position]
        of_experts = matrices(part(block, anatomy.mixture), chosen)
        w_1, b_1, w_2 = of_experts["up"], None, of_experts["down"] * scales["mlp"]
        found["neuron_gates"] = of_experts["gate"].T[SOME_NEURONS]
    else:
        down = part(block, anatomy.down)
        w_2 = in_out(down) * scales["mlp"]
        up = part(block, anatomy.up)
        w_1, b_1 = in_out(up), up.bias
    if down is not None and anatomy.gate_and_up:
        w_gate, w_1 = w_1.chunk(2, dim=1)
        b_1 = None if b_1 is None else b_1.chunk(2)[1]
        found["neuron_gates"] = w_gate.T[SOME_NEURONS]
    if down is not None and anatomy.gate:
        found["neuron_gates"] = in_out(part(block, anatomy.gate)).T[SOME_NEURONS]
    rows = w_o.flatten(0, 1)
    found |= {
        "query": torch.einsum("hk,dhk->hd", q[position], w_k),
        "keys": torch.einsum("thk,dhk->htd", k, w_q),
        "values": torch.einsum("thk,hkd->htd", v, w_o),
        "head_out": torch.einsum("hk,hkd->hd", trace[at + "hook_z"][position], w_o),
        "o_norms": rows.norm(dim=1),
        "value_norms": w_2.norm(dim=1),
        "o_rows": rows[SOME_NEURONS],
        "neuron_keys": w_1.T[SOME_NEURONS],
        "neuron_values": w_2[SOME_NEURONS],
    }
    if b_1 is not None and "neuron_gates" not in found:
        found["mlp_bias_in"] = b_1 @ w_2
    for name, module, branch in [("attn_bias", o, "attn"), ("mlp_bias_out", down, "mlp")]:
        if module is not None and module.bias is not None:
            found[name] = module.bias * scales[branch]
    check_parts(found, trace, layer, position)
    return found


def lens(model: PreTrainedModel, anatomy: Anatomy, rows: Tensor, target: int, anchor: Tensor, k: int) -> dict[str, Tensor]:
    """Everything that the lens says about rows; `anchor` is the final stream whose norm scale is frozen for the shares."""
    unembed = part(model, anatomy.unembed)
    norm = part(model, anatomy.final_norm) if anatomy.final_norm else None
    project_out = part(model, anatomy.project_out) if anatomy.project_out else nn.Identity()

    def linear(x: Tensor) -> Tensor:
        """The target's logit but for its constant part, before a soft-cap."""
        return project_out(x) @ unembed.weight[target] * anatomy.logit_scale

    def frozen(x: Tensor) -> Tensor:
        return linear(x if norm is None else through_frozen(norm, x) / scale_of(norm, anchor))

    uncapped = unembed(project_out(rows if norm is None else norm(rows))) * anatomy.logit_scale
    cap = anatomy.logit_softcap
    logits = uncapped if cap is None else torch.tanh(uncapped / cap) * cap
    log_p = torch.log_softmax(logits, dim=-1)
    p = log_p.exp()
    k = min(k, logits.shape[-1])
    top, bottom = logits.topk(k), logits.topk(k, largest=False)
    norm_bias = torch.zeros((), dtype=rows.dtype)
    if norm is not None and bias_of(norm) is not None:
        norm_bias = norm_bias + linear(bias_of(norm))
    if unembed.bias is not None:
        norm_bias = norm_bias + unembed.bias[target] * anatomy.logit_scale
    return {
        "rows": rows,
        "topIds": top.indices.int(),
        "topLogits": top.values,
        "topProbabilities": p.gather(-1, top.indices),
        "bottomIds": bottom.indices.int(),
        "bottomLogits": bottom.values,
        "bottomProbabilities": p.gather(-1, bottom.indices),
        "targetLogits": logits[:, target],
        "targetProbabilities": p[:, target],
        "targetRanks": (1 + (logits > logits[:, target, None]).sum(dim=-1)).int(),
        "entropies": -(p * log_p).sum(dim=-1) / math.log(2),
        "norms": rows.norm(dim=-1),
        "shares": frozen(rows),
        "normBias": norm_bias.reshape(1),
        # what the shares of all summands and normBias add up to
        "uncapped": (frozen(anchor) + norm_bias).reshape(1),
    }


def rows_to_read(trace: dict[str, Tensor], projections: dict[int, dict[str, Tensor]], position: int) -> Tensor:
    """Vectors of every kind that a graph reads: streams, heads, rows and columns of weights, and a zero vector."""
    embed = trace["embed"][position]
    rows = [embed, torch.zeros_like(embed)]
    for l, heads in projections.items():
        names = ["hook_resid_pre", "hook_resid_mid", "hook_resid_post", "hook_attn_out", "hook_mlp_out"]
        rows += [trace[f"blocks.{l}.{name}"][position] for name in names if f"blocks.{l}.{name}" in trace]
        rows += [*heads["query"], *heads["head_out"], *heads["keys"][0], *heads["values"][0]]
        rows += [heads[name] for name in ("attn_bias", "mlp_bias_in") if name in heads]
        for name in ("o_rows", "neuron_keys", "neuron_gates", "neuron_values"):
            rows += [*heads.get(name, [])[:3]]
    # The engine is given these rows in float32, so the reference reads the very same numbers.
    return torch.stack(rows).float().double()
