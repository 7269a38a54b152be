"""Looks inside the published model and writes ``readable.json``: when answers form, and what some heads and neurons do.

- lens: how often the answer is among the ten (or is the) most likely tokens of ``unembed(final_norm(resid_post))``;
- previous-token and induction heads: mean attention on repeated random tokens, to the token before, and to the token
  after the last occurrence of the current one;
- name movers: the part of logit(indirect object) - logit(subject) that a head's output adds directly, with the final
  norm's scale frozen, and its attention from the last token to the indirect object;
- relation neurons: how much more a neuron is active before a capital than before anything else, and the tokens it promotes;
- always-active neurons: those most often among the 100 of their block with the largest |coefficient| x norm, on the prompts of ``grading-sample.json``.
"""
import json
import random
import sys
from pathlib import Path

import torch

import generator
import tables
from grade import CURIOUS, Grader, graded_sets


class Probe(Grader):
    def __init__(self, folder: Path):
        super().__init__(folder)
        self.model.set_attn_implementation("eager")
        self.shape = self.model.config
        self.neurons: list[torch.Tensor] = []
        self.mixed: list[torch.Tensor] = []
        for block in self.model.transformer.h:
            block.mlp.c_proj.register_forward_pre_hook(lambda _, inputs: self.neurons.append(inputs[0]))
            block.attn.c_proj.register_forward_pre_hook(lambda _, inputs: self.mixed.append(inputs[0]))

    @torch.no_grad()
    def run(self, ids: torch.Tensor):
        """Residual streams (``embed`` and after each block), attention patterns; fills ``neurons`` and ``mixed``."""
        self.neurons.clear()
        self.mixed.clear()
        streams: list[torch.Tensor] = []
        hooks = [block.register_forward_hook(lambda _, __, out: streams.append(out[0] if isinstance(out, tuple) else out))
                 for block in self.model.transformer.h]
        out = self.model(ids, output_attentions=True)
        for hook in hooks:
            hook.remove()
        return streams, out.attentions, out.logits

    @torch.no_grad()
    def lens(self, x: torch.Tensor) -> torch.Tensor:
        return self.model.lm_head(self.model.transformer.ln_f(x))

    def by_layer(self, rows: list[tuple[str, str]]) -> dict[str, list[float]]:
        top1, top10 = [0] * self.shape.n_layer, [0] * self.shape.n_layer
        for prompt, answer in rows:
            streams, _, _ = self.run(torch.tensor([self.encoder.ids(prompt)]))
            target = self.encoder.ids(answer)[0]
            logits = self.lens(torch.stack([stream[0, -1] for stream in streams]))
            ranks = (logits > logits[:, target:target + 1]).sum(-1)
            for layer, rank in enumerate(ranks.tolist()):
                top1[layer] += rank == 0
                top10[layer] += rank < 10
        share = lambda counts: [round(count / len(rows), 3) for count in counts]  # noqa: E731
        return {"top 10": share(top10), "top 1": share(top1), "prompts": len(rows)}

    def repeated(self, seed: int = 5, rows: int = 40, length: int = 20) -> tuple[list, list]:
        """Mean attention of every head to the previous token, and to the token after the last occurrence."""
        generator_ = torch.Generator().manual_seed(seed)
        block = torch.randint(1, self.shape.vocab_size, (rows, length), generator=generator_)
        _, patterns, _ = self.run(torch.cat([block, block], 1))
        previous, induction = [], []
        for layer, pattern in enumerate(patterns):
            before = pattern.diagonal(-1, 2, 3)[:, :, 1:].mean((0, 2))
            after = pattern.diagonal(-(length - 1), 2, 3)[:, :, 1:].mean((0, 2))
            previous += [(round(v, 3), f"{layer}.{h}") for h, v in enumerate(before.tolist())]
            induction += [(round(v, 3), f"{layer}.{h}") for h, v in enumerate(after.tolist())]
        return sorted(previous, reverse=True)[:5], sorted(induction, reverse=True)[:5]

    @torch.no_grad()
    def name_movers(self, count: int = 200) -> list[dict]:
        """Direct logit attribution of heads to the indirect object over the subject."""
        rng, found = random.Random(21), {}
        heads, width = self.shape.n_head, self.shape.n_embd // self.shape.n_head
        totals = torch.zeros(self.shape.n_layer, heads)
        looks, shuns, differences = torch.zeros_like(totals), torch.zeros_like(totals), 0.0
        names = {self.encoder.ids(" " + name)[0] for name in generator.NAMES}
        while len(found) < count:
            prompt, answer = generator.prompt_of(generator.ioi_sentence(rng, graded=True, mixed=True))
            ids = self.encoder.ids(prompt)
            target = self.encoder.ids(answer)[0]
            subject = next((token for token in reversed(ids) if token in names and token != target), None)
            if prompt in found or target not in ids or subject is None:
                continue  # a name that opens the prompt has no space, and is another token or several
            found[prompt] = answer
            streams, patterns, logits = self.run(torch.tensor([ids]))
            differences += (logits[0, -1, target] - logits[0, -1, subject]).item() / count
            norm = self.model.transformer.ln_f
            direction = (self.model.lm_head.weight[target] - self.model.lm_head.weight[subject]) * norm.weight
            final = streams[-1][0, -1]
            scale = (final.var(unbiased=False) + norm.eps).sqrt()
            for layer, block in enumerate(self.model.transformer.h):
                z = self.mixed[layer][0, -1].view(heads, width)
                out = torch.einsum("hk,hkd->hd", z, block.attn.c_proj.weight.view(heads, width, -1))
                out = out - out.mean(-1, keepdim=True)
                totals[layer] += out @ direction / scale / count
                row = patterns[layer][0, :, -1]
                looks[layer] += row[:, ids.index(target)] / count
                shuns[layer] += row[:, [place for place, token in enumerate(ids) if token == subject]].sum(-1) / count
        order = totals.flatten().argsort(descending=True)[:8].tolist()
        return [{"mean logit(IO) - logit(S)": round(differences, 2), "prompts": count}] + [
            {"head": f"{i // heads}.{i % heads}", "adds": round(totals.flatten()[i].item(), 2),
             "attention to the indirect object": round(looks.flatten()[i].item(), 3),
             "attention to the subject": round(shuns.flatten()[i].item(), 3)} for i in order]

    def tokens_of(self, vector: torch.Tensor, count: int = 12, direct: bool = True) -> list[str]:
        logits = self.model.lm_head.weight @ vector if direct else self.lens(vector)
        return [self.tokenizer.decode([i]) for i in logits.topk(count).indices.tolist()]

    @torch.no_grad()
    def coefficients(self, prompts: list[str]) -> torch.Tensor:
        """[prompts, layers, neurons] at the last position."""
        rows = []
        for prompt in prompts:
            self.run(torch.tensor([self.encoder.ids(prompt)]))
            rows.append(torch.stack([value[0, -1] for value in self.neurons]))
        return torch.stack(rows)

    @torch.no_grad()
    def relation_neurons(self, sets) -> list[dict]:
        rng = random.Random(3)
        capitals = [prompt for prompt, _ in rng.sample(sets["capital recall"], 150)]
        rest = [prompt for name, rows in sets.items() if name != "capital recall" for prompt, _ in rng.sample(rows, 12)]
        rest += [prompt for prompt, _ in CURIOUS if "capital" not in prompt]
        on, off = self.coefficients(capitals), self.coefficients(rest)
        norms = torch.stack([block.mlp.c_proj.weight.norm(dim=1) for block in self.model.transformer.h])
        names = {self.encoder.ids(" " + row["capital"])[0] for row in tables.COUNTRIES}
        gap = (on.mean(0) - off.mean(0)) * norms
        found = []
        for index in gap.flatten().argsort(descending=True)[:40].tolist():
            layer, neuron = divmod(index, gap.shape[1])
            value = self.model.transformer.h[layer].mlp.c_proj.weight[neuron]
            top = self.lens(value).topk(20).indices.tolist()
            threshold = on[:, layer, neuron].median().item() / 2
            found.append({"neuron": f"{layer}.{neuron}", "mean before a capital": round(on[:, layer, neuron].mean().item(), 2),
                          "mean elsewhere": round(off[:, layer, neuron].mean().item(), 2),
                          "above half its median: before a capital": round((on[:, layer, neuron] > threshold).float().mean().item(), 2),
                          "above half its median: elsewhere": round((off[:, layer, neuron] > threshold).float().mean().item(), 2),
                          "capitals in its top 20": sum(token in names for token in top),
                          "top tokens": [self.tokenizer.decode([i]) for i in top[:10]]})
        return found

    @torch.no_grad()
    def always_active(self, prompts: list[str]) -> dict:
        """The neurons that are most often among the 100 most active of their block, with the share of the prompts."""
        norms = torch.stack([block.mlp.c_proj.weight.norm(dim=1) for block in self.model.transformer.h])
        strength = self.coefficients(prompts).abs() * norms
        shares = {}
        for layer in range(self.shape.n_layer):
            best = strength[:, layer].topk(100, dim=-1).indices
            share = torch.zeros(strength.shape[-1]).index_add_(0, best.flatten(), torch.ones(best.numel())) / len(best)
            shares |= {f"{layer}.{i}": round(share[i].item(), 3) for i in share.argsort(descending=True)[:10].tolist()}
        return {"prompts": len(prompts), "share of prompts": dict(sorted(shares.items(), key=lambda item: -item[1])[:20])}


def main(folder: Path) -> None:
    probe = Probe(folder)
    sets = graded_sets()
    rng = random.Random(1)
    groups = {"capital recall": ["capital recall"], "country facts": [n for n in sets if n.startswith("country facts")],
              "other facts": [n for n in sets if n.startswith("other facts")],
              "indirect object": [n for n in sets if n.startswith("indirect")], "induction": ["induction"],
              "agreement": ["agreement and pronouns: agreement"], "pronouns": ["agreement and pronouns: pronouns"],
              "sequences": ["sequences"]}
    figures = {"lens by layer": {}}
    for group, names in groups.items():
        rows = [row for name in names for row in sets[name]]
        figures["lens by layer"][group] = probe.by_layer(rng.sample(rows, min(150, len(rows))))
        print(group, figures["lens by layer"][group])
    previous, induction = probe.repeated()
    figures["previous-token heads"] = previous
    figures["induction heads"] = induction
    figures["name movers"] = probe.name_movers()
    figures["capital neurons"] = probe.relation_neurons(sets)
    sample = json.loads((folder / "grading-sample.json").read_text(encoding="utf-8"))["rows"]
    figures["always-active neurons"] = probe.always_active([row["prompt"] for row in sample])
    for key in ("previous-token heads", "induction heads", "name movers"):
        print(key, figures[key])
    for row in figures["capital neurons"][:12]:
        print(row)
    print(figures["always-active neurons"])
    (folder / "readable.json").write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
