"""How often each expert is chosen, from the `router_logits` that transformers returns, for several prompts and mixtures.

    python test/oracle/experts/make_expert_use.py

The checkpoints are those of families/fixtures, in float64. Nothing of the engine's way is used: logits are what the model answers.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import torch
from transformers.utils import logging

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "families"))
from tracer import load_reference  # noqa: E402

PROMPTS = [
    [3, 14, 15, 9, 26, 53, 58, 9, 7, 9, 32, 38],
    [21, 40, 6, 11],
    [8, 60, 2, 33, 19, 47, 5, 30, 3, 14],
    [9, 9, 9, 12, 50, 3],
    [66],
]
# Of each the layers that are mixtures, and whether weights are divided by their sum.
CHECKPOINTS = {
    "deepseek-v2": ([1], False),
    "deepseek-v3": ([1], True),
    "dots1": ([1], True),
    "gpt-oss": ([0, 1], True),
    "granitemoe": ([0, 1], True),
    "mixtral": ([0, 1], True),
    "olmoe": ([0, 1], False),
    "qwen2-moe-mixed": ([1], True),
}


def routing(model, layer: int):
    """What the router of a layer makes of logits [E]: scores of all experts, the chosen ones, best first, and what is added to choose them."""
    config = model.config
    gate = getattr(getattr(model.model.layers[layer], "mlp", None), "gate", None)
    correction = getattr(gate, "e_score_correction_bias", None)
    groups = 1 if getattr(config, "topk_method", "") == "greedy" else getattr(config, "n_group", None) or 1

    def choose(logits: torch.Tensor) -> tuple[list[float], list[int]]:
        scores = (logits.softmax(-1) if correction is None else logits.sigmoid()).tolist()
        judged = scores if correction is None else [score + more for score, more in zip(scores, correction.tolist(), strict=True)]
        size = len(judged) // groups
        members = [range(g * size, (g + 1) * size) for g in range(groups)]
        speakers = 1 if correction is None else 2
        worth = lambda group: sum(sorted((judged[e] for e in group), reverse=True)[:speakers])
        best = sorted(members, key=worth, reverse=True)[: config.topk_group if groups > 1 else 1]
        return scores, sorted((e for group in best for e in group), key=lambda e: -judged[e])[: config.num_experts_per_tok]

    return choose


def use(name: str, layers: list[int], renormalised: bool) -> list[dict]:
    model = load_reference(HERE.parent / "families" / "fixtures" / name / "model")
    # What weights are multiplied with in the end.
    factor = getattr(model.config, "routed_scaling_factor", 1)
    answered = []
    for prompt in PROMPTS:
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([prompt]), output_router_logits=True).router_logits
        assert len(logits) == len(layers), name
        answered.append(logits)
    found = []
    for i, layer in enumerate(layers):
        count, tokens, weights = Counter(), {}, {}
        choose = routing(model, layer)
        probability = 0
        for prompt, logits in zip(PROMPTS, answered, strict=True):
            for token, row in zip(prompt, logits[i].double(), strict=True):
                scores, best = choose(row)
                probability = probability + torch.tensor(scores, dtype=torch.float64)
                total = sum(scores[e] for e in best) if renormalised else 1
                gates = [scores[e] / total * factor for e in best]
                for expert, gate in zip(best, gates, strict=True):
                    count[expert] += 1
                    tokens.setdefault(expert, Counter())[token] += 1
                    weights.setdefault(expert, []).append(gate)
        positions = sum(len(prompt) for prompt in PROMPTS)
        found.append(
            {
                "layer": layer,
                "experts": [
                    {
                        "count": count[e],
                        "weight": sum(weights[e]) / len(weights[e]) if e in weights else None,
                        "probability": probability[e].item() / positions,
                        "tokens": {str(token): times for token, times in sorted(tokens.get(e, {}).items())},
                    }
                    for e in range(len(probability))
                ],
            }
        )
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    answers = {name: use(name, *asked) for name, asked in CHECKPOINTS.items()}
    (HERE / "expected.json").write_text(json.dumps({"prompts": PROMPTS, "checkpoints": answers}, indent=1) + "\n")
