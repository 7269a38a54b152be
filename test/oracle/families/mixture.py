"""Mixtures of experts, written out: which experts a token goes to, and what their neurons come to and write."""

import torch
from torch import Tensor, nn


def is_mixture(mlp: nn.Module) -> bool:
    return hasattr(mlp, "experts")


class WithSharedExpert(nn.Module):
    """A mixture and the shared expert beside it (Granite), as one module."""

    def __init__(self, mixture: nn.Module, shared: nn.Module) -> None:
        super().__init__()
        self.mixture, self.shared_mlp = mixture, shared
        self.router, self.experts = mixture.router, mixture.experts

    def forward(self, hidden_states: Tensor) -> Tensor:
        return self.mixture(hidden_states) + self.shared_mlp(hidden_states)


def is_interleaved(experts: nn.Module) -> bool:
    """gpt-oss: matrices are stored as [inputs, outputs], gate and up columns alternate, everything has a bias."""
    return hasattr(experts, "gate_up_proj_bias")


def is_in_out(experts: nn.Module) -> bool:
    """Whether the matrices of experts without biases are stored as [inputs, outputs] (Llama 4)."""
    return type(experts).__name__ == "Llama4TextExperts"


def is_scored_on_input(mlp: nn.Module) -> bool:
    """Llama 4: what an expert reads is multiplied with its score, and what it writes with nothing."""
    return type(mlp).__name__ == "Llama4TextMoe"


def halves(experts: nn.Module, e: int) -> tuple[Tensor, Tensor]:
    """Gate and up matrix of an expert, [F,d] each."""
    both = experts.gate_up_proj[e]
    if is_interleaved(experts):
        with_bias = torch.cat([both, torch.zeros_like(both[:, :2])], dim=1)
        return with_bias[:, ::2].T, with_bias[:, 1::2].T
    if is_in_out(experts):
        return tuple(both.T.chunk(2, dim=0))
    return tuple(both.chunk(2, dim=0))


def value_rows(experts: nn.Module, e: int) -> Tensor:
    """What the neurons of an expert write, [F,d]; its bias, where it has one, counts as one more neuron, the last, which is always at 1."""
    if is_interleaved(experts):
        return torch.cat([experts.down_proj[e], experts.down_proj_bias[e][None]])
    return experts.down_proj[e] if is_in_out(experts) else experts.down_proj[e].T


def activations(experts: nn.Module, e: int, row: Tensor) -> Tensor:
    """What the neurons of an expert come to, [F]."""
    if is_interleaved(experts):
        own = experts._apply_gate(row @ experts.gate_up_proj[e] + experts.gate_up_proj_bias[e])
        return torch.cat([own, torch.ones_like(own[:1])])
    gate, up = halves(experts, e)
    return experts.act_fn(gate @ row) * (up @ row)


def shared_of(mlp: nn.Module):
    """Activation, gate, up and value rows [F,d] of the expert that all tokens share; None where there is none."""
    names = ("shared_expert", "shared_experts", "shared_mlp")
    shared = next((getattr(mlp, name) for name in names if getattr(mlp, name, None) is not None), None)
    if hasattr(shared, "gate_proj"):
        act = shared.activation_fn if hasattr(shared, "activation_fn") else shared.act_fn
        return act, shared.gate_proj.weight, shared.up_proj.weight, shared.down_proj.weight.T
    if shared is not None:
        gate, up = shared.input_linear.weight.chunk(2, dim=0)
        return shared.activation, gate, up, shared.output_linear.weight.T
    return None


def routing(mlp: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Scores of all experts [T,E], and weights and numbers of the chosen ones [T,K], best first."""
    router = mlp.gate if hasattr(mlp, "gate") else mlp.router
    if is_scored_on_input(mlp):
        _, logits = router(x)
        indices = logits.topk(mlp.top_k, dim=-1).indices
        return logits.sigmoid(), torch.ones_like(logits.gather(1, indices)), indices
    # MiniMax keeps the correction beside its router, and hands it over; ERNIE corrects probabilities.
    beside = getattr(mlp, "e_score_correction_bias", None)
    logits, gates, indices = router(x) if beside is None else router(x, beside)
    statics = getattr(router, "moe_statics", None)
    correction = getattr(router, "e_score_correction_bias", beside) if statics is None else statics.e_score_correction_bias
    is_softmax = correction is None or statics is not None
    scores = logits.to(x.dtype).softmax(dim=-1) if is_softmax else logits.to(x.dtype).sigmoid()
    # Some routers do not sort those that they chose.
    order = (scores if correction is None else scores + correction).gather(1, indices).argsort(dim=-1, descending=True, stable=True)
    return scores, gates.gather(1, order), indices.gather(1, order)


def coefficients(mlp: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Routing and neurons of a mixture for what it reads, [T,d]."""
    scores, gates, indices = routing(mlp, x)
    rows = []
    of_inputs = scores.gather(1, indices) if is_scored_on_input(mlp) else torch.ones_like(gates)
    for row, chosen, weights, inputs in zip(x, indices, gates, of_inputs, strict=True):
        experts = zip(chosen.tolist(), weights, inputs, strict=True)
        neurons = [activations(mlp.experts, e, row * factor) * weight for e, weight, factor in experts]
        rows.append(torch.cat(neurons))
    found = {
        "mlp.hook_expert_weights": scores,
        "mlp.hook_expert_indices": indices.to(x.dtype),
        "mlp.hook_expert_gates": gates,
    }
    post = torch.stack(rows)
    shared = shared_of(mlp)
    if shared is not None:
        act, gate, up, _ = shared
        own = act(x @ gate.T) * (x @ up.T)
        weight = mlp.shared_expert_gate(x).sigmoid() if hasattr(mlp, "shared_expert_gate") else torch.ones_like(x[:, :1])
        post = torch.cat([post, own * weight], dim=1)
        found["mlp.hook_shared_expert_gate"] = weight
    return found | {"mlp.hook_post": post}


def matrices(mlp: nn.Module, chosen: Tensor) -> dict[str, Tensor]:
    """Up and gate columns [d,·] and value rows [·,d] of the neurons at work where these experts were chosen."""
    experts = mlp.experts
    pairs = [halves(experts, int(e)) for e in chosen]
    up, gate = [up.T for _, up in pairs], [gate.T for gate, _ in pairs]
    down = [value_rows(experts, int(e)) for e in chosen]
    shared = shared_of(mlp)
    if shared is not None:
        _, shared_gate, shared_up, shared_down = shared
        up.append(shared_up.T)
        gate.append(shared_gate.T)
        down.append(shared_down)
    return {"up": torch.cat(up, dim=1), "gate": torch.cat(gate, dim=1), "down": torch.cat(down, dim=0)}


def written(mlp: nn.Module, found: dict[str, Tensor]) -> Tensor:
    """What the neurons at work write, [T,d]."""
    rows = zip(found["mlp.hook_post"], found["mlp.hook_expert_indices"], strict=True)
    return torch.stack([coefficient @ matrices(mlp, chosen)["down"] for coefficient, chosen in rows])


def check(found: dict[str, Tensor], mlp: nn.Module, out: Tensor) -> None:
    """The neurons must write what the module does."""
    torch.testing.assert_close(written(mlp, found), out, rtol=1e-6, atol=1e-6)
