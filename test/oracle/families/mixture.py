"""Mixtures of experts, written out: which experts a token goes to, and what their neurons come to and write."""

import torch
from torch import Tensor, nn


def is_mixture(mlp: nn.Module) -> bool:
    return hasattr(mlp, "experts")


def halves(experts: nn.Module, e: int) -> tuple[Tensor, Tensor]:
    """Gate and up matrix of an expert, [F,d] each."""
    return tuple(experts.gate_up_proj[e].chunk(2, dim=0))


def coefficients(mlp: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Routing and neurons of a mixture for what it reads, [T,d]."""
    logits, gates, indices = mlp.gate(x)
    experts = mlp.experts
    rows = []
    for row, chosen, weights in zip(x, indices, gates, strict=True):
        neurons = []
        for e, weight in zip(chosen.tolist(), weights, strict=True):
            gate, up = halves(experts, e)
            neurons.append(experts.act_fn(gate @ row) * (up @ row) * weight)
        rows.append(torch.cat(neurons))
    found = {
        "mlp.hook_expert_weights": logits.softmax(dim=-1),
        "mlp.hook_expert_indices": indices.to(x.dtype),
        "mlp.hook_expert_gates": gates,
    }
    post = torch.stack(rows)
    if hasattr(mlp, "shared_expert"):
        shared = mlp.shared_expert
        weight = mlp.shared_expert_gate(x).sigmoid()
        post = torch.cat([post, shared.act_fn(shared.gate_proj(x)) * shared.up_proj(x) * weight], dim=1)
        found["mlp.hook_shared_expert_gate"] = weight
    return found | {"mlp.hook_post": post}


def matrices(mlp: nn.Module, chosen: Tensor) -> dict[str, Tensor]:
    """Up and gate columns [d,·] and value rows [·,d] of the neurons at work where these experts were chosen."""
    experts = mlp.experts
    pairs = [halves(experts, int(e)) for e in chosen]
    up, gate = [up.T for _, up in pairs], [gate.T for gate, _ in pairs]
    down = [experts.down_proj[int(e)].T for e in chosen]
    if hasattr(mlp, "shared_expert"):
        shared = mlp.shared_expert
        up.append(shared.up_proj.weight.T)
        gate.append(shared.gate_proj.weight.T)
        down.append(shared.down_proj.weight.T)
    return {"up": torch.cat(up, dim=1), "gate": torch.cat(gate, dim=1), "down": torch.cat(down, dim=0)}


def check(found: dict[str, Tensor], mlp: nn.Module, written: Tensor) -> None:
    """The neurons must write what the module does."""
    for coefficient, chosen, out in zip(found["mlp.hook_post"], found["mlp.hook_expert_indices"], written, strict=True):
        torch.testing.assert_close(coefficient @ matrices(mlp, chosen)["down"], out, rtol=1e-6, atol=1e-6)
