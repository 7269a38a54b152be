"""Makes `visit-small.json`: what the views of whole passes must show of the embedded model.

    pip install -r test/oracle/requirements.txt
    python test/oracle/insight/make_insight.py    # whenever models/visit-small changes

The reference is `transformers` with hooks on its modules, in float64. Overview, norms and a head's memory are written out
in torch below, straight from docs/method.md, and share no code with the extension.
"""

import json
from pathlib import Path

import torch
from transformers import AutoTokenizer, GPT2LMHeadModel

HERE = Path(__file__).resolve().parent
MODEL = HERE.parent.parent.parent / "models" / "visit-small"
TOKENS = 10
SOURCES = 3

# What is asked: position, tokens and measure, and heads that the model's card names.
QUESTIONS = [
    dict(prompt="The capital of Japan is the city of", position=7, heads=[(3, 3), (0, 3), (2, 5)]),
    dict(prompt="The capital of Japan is the city of", position=3, target=" France", measure="raw", heads=[(0, 3)]),
    dict(
        prompt="When Mary and John went to the store, John gave a drink to",
        position=-1, target=" Mary", against=" John", heads=[(2, 2), (4, 2)],
    ),  # fmt: skip
]


def observed(model, ids):
    """One pass, and the vectors [T,d] at every border and norm of it."""
    seen = {}

    def keep(name):
        def hook(_module, inputs, output):
            output = output[0] if isinstance(output, tuple) else output
            seen[name] = (inputs[0][0] if inputs else None, output[0])

        return hook

    handles = []
    for layer, block in enumerate(model.transformer.h):
        for name, module in dict(block=block, attn=block.attn, mlp=block.mlp, ln1=block.ln_1, ln2=block.ln_2, o=block.attn.c_proj, qkv=block.attn.c_attn).items():
            handles.append(module.register_forward_hook(keep((name, layer))))
    handles.append(model.transformer.ln_f.register_forward_hook(keep("ln_final")))
    output = model(ids[None], output_attentions=True)
    for handle in handles:
        handle.remove()
    return output.logits[0], seen, [pattern[0] for pattern in output.attentions]


def first(scores, k=TOKENS):
    """Indices of the largest scores, largest first; of equal ones the smaller index."""
    return torch.argsort(scores, descending=True, stable=True)[:k].tolist()


def rank(logits, token):
    return 1 + int((logits > logits[token]).sum())


def answer(model, tokenizer, question):
    ids = torch.tensor(tokenizer(question["prompt"]).input_ids)
    logits, seen, patterns = observed(model, ids)
    config = model.config
    p = question["position"] % len(ids)
    one = lambda text: tokenizer(text).input_ids[0]
    target = one(question["target"]) if "target" in question else int(logits[p].argmax())
    against = one(question["against"]) if "against" in question else None
    layers = range(config.n_layer)

    norm, unembedding = model.transformer.ln_f, model.lm_head.weight
    final = seen["ln_final"][0][p]
    scale = (final.var(unbiased=False) + norm.eps).sqrt()
    lens = lambda x: norm(x) @ unembedding.T
    measure = question.get("measure", "centred")
    raw = lambda x: ((x - x.mean(-1, keepdim=True)) * norm.weight / scale) @ unembedding.T
    effects = lambda x: raw(x) - (raw(x).mean(-1, keepdim=True) if measure == "centred" else 0)
    share = lambda x: float(effects(x)[target] - (0 if against is None else effects(x)[against]))

    def cells(rows):
        scores = lens(rows)
        probabilities = scores.softmax(-1)
        best = scores.argmax(-1)
        return [
            dict(top=int(best[t]), probability=float(probabilities[t, best[t]]), target=float(probabilities[t, target]), rank=rank(scores[t], target))
            for t in range(len(ids))
        ]

    def branch(rows):
        all_effects = effects(rows[p])
        listed = lambda order: [[token, float(all_effects[token])] for token in order]
        return dict(share=share(rows[p]), promotes=listed(first(all_effects)), suppresses=listed(first(-all_effects)))

    def output_of(layer, head):
        """[T,d]: what the head adds to the stream at every position."""
        width = config.n_embd // config.n_head
        columns = slice(head * width, (head + 1) * width)
        return seen["o", layer][0][:, columns] @ model.transformer.h[layer].attn.c_proj.weight[columns]

    def memory(layer, head):
        width = config.n_embd // config.n_head
        columns = slice(head * width, (head + 1) * width)
        values = seen["qkv", layer][1][:, 2 * config.n_embd :][:, columns] @ model.transformer.h[layer].attn.c_proj.weight[columns]
        pattern = patterns[layer][head, p].double()
        sources = first(pattern[: p + 1], SOURCES)

        def traced(token):
            parts = [float(pattern[j] * effects(values[j])[token]) for j in range(p + 1)]
            distance = [abs(j - sources[0]) for j in range(p + 1)]
            gathered = [sum(x for x, far in zip(parts, distance) if test(far)) for test in (lambda f: f == 0, lambda f: f == 1, lambda f: f > 1)]
            return dict(token=token, effect=sum(parts), source=gathered[0], neighbours=gathered[1], others=gathered[2])

        read = lens(output_of(layer, head)[p])
        return dict(
            layer=layer, head=head, written=[traced(token) for token in first(read)], suppressed=[traced(token) for token in first(-read)],
            sources=[dict(position=j, attention=float(pattern[j]), norm=float(values[j].norm()), top=first(lens(values[j]))) for j in sources],
        )  # fmt: skip

    def filtered(kind, layer, before, after, read):
        scores = [read(before), lens(after) if kind != "ln_final" else after @ unembedding.T]
        return dict(
            kind=kind, layer=layer, before=first(scores[0]), after=first(scores[1]),
            rank=[rank(score, target) for score in scores], cosine=float(torch.cosine_similarity(before, after, dim=0)),
        )  # fmt: skip

    norms = [filtered(kind, layer, seen[kind, layer][0][p], seen[kind, layer][1][p], lens) for layer in layers for kind in ("ln1", "ln2")]
    norms.append(filtered("ln_final", None, final, seen["ln_final"][1][p], lambda x: x @ unembedding.T))
    return dict(
        question=dict(prompt=question["prompt"], position=p, target=target, measure=measure, **({} if against is None else dict(against=against))),
        ids=ids.tolist(),
        grid={name: [cells(seen[key, layer][1]) for layer in layers] for name, key in (("resid_post", "block"), ("attn_out", "attn"), ("mlp_out", "mlp"))},
        blocks=[
            dict(attention=branch(seen["attn", layer][1]), mlp=branch(seen["mlp", layer][1]), heads=[share(output_of(layer, head)[p]) for head in range(config.n_head)])
            for layer in layers
        ],
        norms=norms,
        memories=[memory(layer, head) for layer, head in question["heads"]],
    )


def rounded(value):
    """Seven digits: what a float32 has."""
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return [rounded(inner) for inner in value] if isinstance(value, list) else value


def main():
    model = GPT2LMHeadModel.from_pretrained(MODEL, dtype=torch.float64, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    with torch.no_grad():
        answers = [rounded(answer(model, tokenizer, question)) for question in QUESTIONS]
    (HERE / "visit-small.json").write_text(json.dumps(answers, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
