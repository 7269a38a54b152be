"""Makes the oracle fixtures of interventions: what the reference implementation computes while hooks change it.

    python test/oracle/interventions/make_interventions.py               # all
    python test/oracle/interventions/make_interventions.py llama gemma2  # only these

The checkpoints are those of the other fixtures: GPT-2's `trained`, and at least one of every other family, in float64. Names
of components and what each does: docs/method.md, "What if".
"""

import json
import re
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.utils import logging

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "families"))
from anatomies import ANATOMIES  # noqa: E402
from anatomy import Anatomy  # noqa: E402
from mixture import coefficients, is_mixture, matrices, value_rows  # noqa: E402
from tracer import load_reference, part, trace  # noqa: E402

# What takes a component's place: nothing (off), its value on a prompt, or its mean over several.
Donor = list[int] | list[list[int]] | None
Case = list[tuple[str, Donor]]


@dataclass(frozen=True)
class Question:
    """A prompt, where it is studied, and what is changed while it runs: components, each with what takes its place."""

    tokens: list[int]
    position: int
    cases: dict[str, Case]

    def asked(self) -> dict:
        cases = [
            {"what": what, "interventions": [{"component": name, donor_key(donor): donor} for name, donor in case]}
            for what, case in self.cases.items()
        ]
        return {"tokens": self.tokens, "position": self.position, "cases": cases}


def donor_key(donor: Donor) -> str:
    return "over" if is_mean(donor) else "tokens"


def is_mean(donor: Donor) -> bool:
    return donor is not None and isinstance(donor[0], list)


def gpt2_question() -> Question:
    shorter = [9, 12, 50, 9, 12, 50, 9]
    longer = [7, 8, 21, 30, 7, 8, 21, 30, 7, 8, 21, 30, 7]
    cases = {
        "a head off": [("blocks.1.attn.head.2", None)],
        "a neuron off": [("blocks.0.mlp.neuron.17", None)],
        "attention off": [("blocks.1.attn", None)],
        "a feed-forward layer off": [("blocks.1.mlp", None)],
        "a source off": [("blocks.1.attn.head.0.value.3", None)],
        "a head of a shorter prompt": [("blocks.1.attn.head.3", shorter)],
        "a neuron of a longer prompt": [("blocks.1.mlp.neuron.5", longer)],
        "attention of a longer prompt": [("blocks.0.attn", longer)],
        "a feed-forward layer of a shorter prompt": [("blocks.1.mlp", shorter)],
        "a source of a longer prompt": [("blocks.2.attn.head.1.value.6", longer)],
        "a source that the shorter prompt does not have": [("blocks.1.attn.head.0.value.1", shorter)],
        "several at once": [
            ("blocks.0.attn.head.1", None),
            ("blocks.1.attn.head.0.value.3", None),
            ("blocks.1.attn.head.0.value.5", longer),
            ("blocks.1.attn.head.2", longer),
            ("blocks.1.mlp.neuron.0", None),
            ("blocks.1.mlp.neuron.9", shorter),
            ("blocks.2.mlp", None),
        ],
    }
    return Question([5, 41, 17, 60, 2, 33, 5, 41, 17, 60, 2], 8, cases)


def families_question() -> Question:
    """Short prompts, two layers, two heads, 20 neurons: what every checkpoint has."""
    shorter = [21, 40, 6, 11]
    longer = [8, 60, 2, 33, 19, 47, 5, 30]
    cases = {
        "a head off": [("blocks.0.attn.head.1", None)],
        "sources off": [(f"blocks.1.attn.head.{head}.value.{source}", None) for head, source in [(0, 3), (1, 3), (1, 1)]],
        "neurons off": [("blocks.0.mlp.neuron.3", None), ("blocks.0.mlp.neuron.8", None)],
        "attention off": [("blocks.0.attn", None)],
        "a feed-forward layer off": [("blocks.0.mlp", None)],
        "a head of a shorter prompt": [("blocks.0.attn.head.0", shorter)],
        "a source of a longer prompt": [("blocks.0.attn.head.1.value.2", longer)],
        "neurons of a longer prompt": [("blocks.0.mlp.neuron.5", longer), ("blocks.0.mlp.neuron.2", longer)],
        "attention of a longer prompt": [("blocks.1.attn", longer)],
        "a feed-forward layer of a shorter prompt": [("blocks.1.mlp", shorter)],
        "several at once": [
            ("blocks.0.attn.head.1.value.4", None),
            ("blocks.0.attn.head.0", longer),
            ("blocks.0.mlp.neuron.3", shorter),
            ("blocks.0.mlp.neuron.11", None),
            ("blocks.1.attn.head.1.value.3", shorter),
            ("blocks.1.attn.head.1.value.2", None),
            ("blocks.1.attn.head.0.value.4", None),
            ("blocks.1.attn.head.0", longer),
            ("blocks.1.mlp.neuron.7", longer),
        ],
    }
    return Question([3, 14, 15, 9, 26, 53], 4, cases)


def positions_question() -> Question:
    """Components changed at some positions only, sources at given readers, and means; two layers, two heads, 20 neurons."""
    shorter = [21, 40, 6, 11]
    longer = [8, 60, 2, 33, 19, 47, 5, 30]
    same = [3, 14, 22, 9, 26, 7]
    cases = {
        "a head off at one position": [("blocks.0.attn.head.1@2", None)],
        "a head off in a range": [("blocks.0.attn.head.0@1-3", None)],
        "neurons off at listed positions": [("blocks.0.mlp.neuron.3@0,3-4", None), ("blocks.0.mlp.neuron.8@-1", None)],
        "attention off from the end": [("blocks.0.attn@-3--2", None)],
        "a feed-forward layer off at an earlier position": [("blocks.0.mlp@2", None)],
        "a head of a longer prompt at one position": [("blocks.0.attn.head.0@3", longer)],
        "a head of one prompt here, of another there": [("blocks.0.attn.head.1@2", longer), ("blocks.0.attn.head.1@3-4", shorter)],
        "a feed-forward layer of a shorter prompt at the last two": [("blocks.0.mlp@-2--1", shorter)],
        "sources off at another reader": [(f"blocks.0.attn.head.{head}.value.{source}@3", None) for head, source in [(0, 1), (0, 2), (1, 1), (1, 2)]],
        "a source off at every reader": [("blocks.0.attn.head.1.value.1@1--1", None)],
        "sources of a longer prompt at two readers": [("blocks.0.attn.head.0.value.1@2,4", longer), ("blocks.0.attn.head.1.value.0@2", longer)],
        "the mean of a head": [("blocks.0.attn.head.1", [longer, same])],
        "the mean of neurons over prompts of other lengths": [("blocks.0.mlp.neuron.5", [shorter, longer]), ("blocks.0.mlp.neuron.2@3", [shorter, longer])],
        "the mean of attention at one position": [("blocks.0.attn@3", [shorter, same, longer])],
        "the mean of a feed-forward layer": [("blocks.1.mlp", [longer, same])],
        "the mean of a source at two readers": [("blocks.0.attn.head.1.value.2@3-4", [longer, same, shorter])],
        "several at once": [
            ("blocks.0.attn.head.0@1", None),
            ("blocks.0.attn.head.0@3", [longer, same]),
            ("blocks.0.attn.head.1.value.1@1-4", None),
            ("blocks.0.attn.head.1.value.2@4", longer),
            ("blocks.0.mlp.neuron.3@0-2", None),
            ("blocks.0.mlp.neuron.3@3--1", [same, shorter]),
            ("blocks.1.attn.head.1@-2", same),
            ("blocks.1.mlp@2", None),
            ("blocks.1.mlp.neuron.7@4", [same, longer]),
        ],
    }  # fmt: skip
    return Question([3, 14, 15, 9, 26, 53], 4, cases)


def experts_question() -> Question:
    """Mixtures of experts in their last block; four experts, ten neurons each, of which the prompt goes to the first two somewhere."""
    shorter = [21, 40, 6, 11]
    longer = [8, 60, 2, 33, 19, 47, 5, 30]
    same = [3, 14, 22, 9, 26, 7]
    cases = {
        "a head off": [("blocks.0.attn.head.1", None)],
        "two experts off": [(f"blocks.1.mlp.expert.{expert}", None) for expert in range(2)],
        "experts off": [(f"blocks.1.mlp.expert.{expert}", None) for expert in range(3)],
        "experts off at some positions": [(f"blocks.1.mlp.expert.{expert}@{at}", None) for expert, at in [(0, "1-4"), (1, "-2"), (2, "0,4"), (3, "4")]],
        "neurons of experts off": [(f"blocks.1.mlp.expert.{expert}.neuron.{neuron}", None) for expert in range(4) for neuron in range(2, 7)],
        "a feed-forward layer off": [("blocks.1.mlp", None)],
        "a feed-forward layer of a longer prompt": [("blocks.1.mlp", longer)],
        "a source of a longer prompt": [("blocks.0.attn.head.1.value.2", longer)],
        "several at once": [
            ("blocks.0.attn.head.0", shorter),
            ("blocks.1.attn.head.1.value.3", None),
            ("blocks.1.mlp.expert.0", None),
            ("blocks.1.mlp.expert.1.neuron.4", None),
            ("blocks.1.mlp.expert.2@2-4", None),
            ("blocks.1.mlp.expert.3.neuron.1@4", None),
        ],
        "experts of a longer prompt": [(f"blocks.1.mlp.expert.{expert}", longer) for expert in range(2)],
        "experts of a shorter prompt at some positions": [(f"blocks.1.mlp.expert.{expert}@2-4", shorter) for expert in range(4)],
        "the mean of experts": [(f"blocks.1.mlp.expert.{expert}", [longer, same]) for expert in range(3)],
        "the mean of experts at some positions": [(f"blocks.1.mlp.expert.{expert}@-4--2", [same, shorter, longer]) for expert in range(4)],
        "neurons of experts of a longer prompt": [(f"blocks.1.mlp.expert.{expert}.neuron.{neuron}", longer) for expert in range(4) for neuron in range(1, 6)],
        "neurons of experts of a shorter prompt at some positions": [(f"blocks.1.mlp.expert.{expert}.neuron.{neuron}@2-5", shorter) for expert in range(4) for neuron in range(3, 9)],
        "the mean of neurons of experts": [(f"blocks.1.mlp.expert.{expert}.neuron.{neuron}", [longer, same]) for expert in range(4) for neuron in range(2, 7)],
        "neurons of experts that are changed themselves": [
            *[(f"blocks.1.mlp.expert.{expert}.neuron.{neuron}", longer) for expert in range(4) for neuron in range(4)],
            ("blocks.1.mlp.expert.0", None),
            ("blocks.1.mlp.expert.1", same),
        ],
        "experts replaced in several ways": [
            ("blocks.0.attn.head.0", longer),
            ("blocks.1.attn.head.1.value.3", None),
            ("blocks.1.mlp.expert.0", longer),
            ("blocks.1.mlp.expert.0.neuron.4", None),
            ("blocks.1.mlp.expert.1@0-2", None),
            ("blocks.1.mlp.expert.1@3-5", [longer, same]),
            ("blocks.1.mlp.expert.2@2-4", shorter),
            ("blocks.1.mlp.expert.3.neuron.1@4", None),
        ],
    }  # fmt: skip
    return Question([3, 14, 15, 9, 26, 53], 4, cases)


def shared_experts_question() -> Question:
    """Experts that all tokens go through, in the last block."""
    shorter = [21, 40, 6, 11]
    longer = [8, 60, 2, 33, 19, 47, 5, 30]
    shared = "blocks.1.mlp.expert.shared"
    cases = {
        "a shared expert off": [(shared, None)],
        "a neuron of a shared expert off": [(f"{shared}.neuron.{neuron}", None) for neuron in range(6)],
        "neurons of a shared expert of a longer prompt": [(f"{shared}.neuron.{neuron}", longer) for neuron in range(6)],
        "the mean of neurons of a shared expert at some positions": [(f"{shared}.neuron.{neuron}@1-4", [longer, shorter]) for neuron in range(6)],
        "a shared expert of a longer prompt": [(shared, longer)],
        "the mean of a shared expert at some positions": [(f"{shared}@2-4", [longer, shorter])],
        "a shared expert and a chosen one": [(f"{shared}@3-4", shorter), ("blocks.1.mlp.expert.0", longer), ("blocks.1.mlp.expert.1@4", None)],
    }  # fmt: skip
    return Question([3, 14, 15, 9, 26, 53], 4, cases)


# One checkpoint of every family, and of those whose switches change what an intervention meets more than one.
FAMILIES = [
    "apertus", "arcee", "biogpt", "bloom", "codegen", "cohere", "cohere2", "cwm", "ernie4-5", "exaone4", "falcon-7b",
    "falcon-grouped", "falcon-rw", "gemma", "gemma2", "gemma3", "glm", "glm4", "gpt-bigcode", "gpt-neo", "gpt-neox-japanese",
    "gpt-neox-parallel", "gptj", "granite-biased", "helium", "hunyuan-dense", "hyperclovax", "internlm3", "iquestcoder", "jais2",
    "llama", "minicpm3", "ministral", "ministral3", "mistral", "mpt-clipped", "nanochat", "nemotron", "olmo", "olmo2", "olmo3", "openai-gpt",
    "opt", "opt-350m", "persimmon", "phi", "phi3", "qwen2", "qwen3", "seed-oss", "smollm3-biased", "stablelm", "starcoder2",
    "vaultgemma", "xglm", "youtu",
]  # fmt: skip

# Of each kind of block one: shared key/value heads, post-norms and soft-caps, parallel branches, windows, multipliers, ALiBi, norms on
# the stream.
POSITIONS = ["bloom", "falcon-grouped", "gemma2", "gpt-neo", "gptj", "granite-biased", "llama", "olmo2", "opt-350m", "qwen3"]

EXPERTS = [
    "deepseek-v2", "deepseek-v2-lite", "deepseek-v3", "deepseek-v3-plain", "dots1", "flex-olmo", "llama4", "llama4-published", "glm4-moe", "glm4-moe-lite", "glm4-moe-published", "solar-open",
    "gpt-oss", "gpt-oss-published", "granitemoe", "granitemoe-stacked", "granitemoeshared",
    "granitemoeshared-without", "mixtral", "mixtral-stacked", "olmoe", "olmoe-published",
    "ernie4-5-moe", "ernie4-5-moe-published", "exaone-moe", "exaone-moe-published", "hunyuan-moe", "hunyuan-moe-published", "minimax-m2", "minimax-m2-published", "minimax-m2-stacked",
    "phimoe", "phimoe-stacked", "qwen2-moe", "qwen2-moe-mixed", "qwen3-moe", "qwen3-moe-mixed",
]  # fmt: skip

# Of each kind of shared expert one: with a gate, without, beside the mixture.
SHARED_EXPERTS = ["deepseek-v3", "granitemoeshared", "hunyuan-moe", "llama4", "qwen2-moe"]

# ---------------------------------------------------------------------------------------------------------------- hooks


def changed(tensor: Tensor, columns: slice, at: list[int] | None, donors: list[Tensor] | None) -> Tensor:
    """
    A copy of [..., T, width] whose columns are 0, or the mean of those of [T', width], aligned from the end, of all that reach
    so far; at some positions, or at all.
    """
    tensor = tensor.clone()
    for position in range(tensor.shape[-2]) if at is None else at:
        if donors is None:
            tensor[..., position, columns] = 0
            continue
        partners = [(donor, position - tensor.shape[-2] + len(donor)) for donor in donors]
        rows = [donor[partner, columns] for donor, partner in partners if partner >= 0]
        if rows:
            tensor[..., position, columns] = torch.stack(rows).mean(0)
    return tensor


def change_input(module: nn.Module, change) -> object:
    return module.register_forward_pre_hook(lambda _module, args: (change(args[0]), *args[1:]))


def change_output(module: nn.Module, change) -> object:
    def hook(_module, _args, output):
        # The layer of gpt-oss says beside what it writes how it weighted its experts.
        return (change(output[0]), *output[1:]) if isinstance(output, tuple) else change(output)

    return module.register_forward_hook(hook)


def change_expert(mlp: nn.Module, name: str, at: list[int] | None, donors: list[dict[str, Tensor]] | None) -> object:
    """
    Takes what an expert, or one of its neurons, writes out of the output of a mixture; the weights of the others stay what they are. With
    donors, what they have of `hook_post` and `hook_expert_indices`, what it writes there is put in its place, on average: 0 where its expert was not chosen.
    """
    found = EXPERT.search(name)
    expert, neuron = found[1] if found[1] == "shared" else int(found[1]), None if found[2] is None else int(found[2])

    def change(_module, args, output):
        if isinstance(output, tuple):
            return change(_module, args, output[0]), *output[1:]
        x = args[0].reshape(-1, args[0].shape[-1])
        routed = coefficients(mlp, x)
        here = routed["mlp.hook_post"], routed["mlp.hook_expert_indices"]
        there = [(donor["mlp.hook_post"], donor["mlp.hook_expert_indices"]) for donor in donors or []]
        out = output.clone().reshape(x.shape)
        for position in range(len(x)) if at is None else at:
            partners = [(seen, position - len(x) + len(seen[0])) for seen in there]
            instead = [written_by(mlp, seen, partner, expert, neuron) for seen, partner in partners if partner >= 0]
            if donors is not None and not instead:
                continue
            out[position] -= written_by(mlp, here, position, expert, neuron)
            if instead:
                out[position] += torch.stack(instead).mean(0)
        return out.reshape(output.shape)

    return mlp.register_forward_hook(change)


def written_by(mlp: nn.Module, seen: tuple[Tensor, Tensor], position: int, expert: int | str, neuron: int | None = None) -> Tensor:
    """What an expert, or one of its neurons, writes, [d]; 0 where it was not chosen. `seen`: coefficients [T,F] and chosen experts [T,K]."""
    coefficient, chosen = seen[0][position], seen[1][position]
    width = len(value_rows(mlp.experts, 0))
    down = matrices(mlp, chosen)["down"]
    if expert == "shared":
        columns = [slice(len(chosen) * width, len(down))]
    else:
        columns = [slice(k * width, (k + 1) * width) for k in (chosen == expert).nonzero().flatten().tolist()]
    if neuron is not None:
        columns = [slice(each.start + neuron, each.start + neuron + 1) for each in columns]
    return sum((coefficient[each] @ down[each] for each in columns), torch.zeros_like(down[0]))


EXPERT = re.compile(r"\.expert\.(\d+|shared)(?:\.neuron\.(\d+))?$")
LAYER = re.compile(r"blocks\.(\d+)\.")
SOURCE = re.compile(r"head\.(\d+)\.value\.(\d+)$")
RANGE = re.compile(r"(-?\d+)(?:-(-?\d+))?$")


class Hooks:
    """The hooks of some interventions, registered one after the other: what contains another last, so that it wins."""

    def __init__(self, model: PreTrainedModel, anatomy: Anatomy, question: Question) -> None:
        self.model, self.anatomy, self.question = model, anatomy, question
        self.ordinary: dict[tuple[int, ...], dict[str, Tensor]] = {}

    def trace(self, tokens: list[int]) -> dict[str, Tensor]:
        return trace(self.model, self.anatomy, tokens, checked=False)

    def run(self, case: Case) -> dict[str, Tensor]:
        donors = [self.donors(donor) for _, donor in case]
        order = ["source", "head", "neuron", "expert", "attn", "mlp"]
        changes = sorted(zip([name for name, _ in case], donors, strict=True), key=lambda c: (layer_of(c[0]), order.index(kind_of(c[0]))))
        # An expert overrides its neurons: what they write is part of what is taken out with it.
        whole = {name for name, _ in case}
        with ExitStack() as handles:
            for name, donor in changes:
                if re.sub(r"\.neuron\..*", "", name) in whole - {name}:
                    continue
                handles.callback(self.register(name, donor).remove)
            return self.trace(self.question.tokens)

    def donors(self, donor: Donor) -> list[dict[str, Tensor]] | None:
        if donor is None:
            return None
        return [self.donor(tokens) for tokens in (donor if is_mean(donor) else [donor])]

    def donor(self, tokens: list[int]) -> dict[str, Tensor]:
        key = tuple(tokens)
        if key not in self.ordinary:
            self.ordinary[key] = self.trace(tokens)
        return self.ordinary[key]

    def register(self, name_at: str, donors: list[dict[str, Tensor]] | None) -> object:
        anatomy, s = self.anatomy, self.anatomy.shape
        name, at = self.placed(name_at)
        layer = layer_of(name)
        block = part(self.model, anatomy.blocks)[layer]
        value = lambda key: donors and [donor[f"blocks.{layer}.{key}"].reshape(len(donor["logits"]), -1) for donor in donors]
        match kind_of(name):
            case "source":
                without_source = self.source(layer, *map(int, SOURCE.search(name).groups()), at or [self.question.position], donors)
                return change_input(part(block, anatomy.o), without_source)
            case "head":
                head = int(name.rsplit(".", 1)[1])
                columns = slice(head * s.read, (head + 1) * s.read)
                return change_input(part(block, anatomy.o), lambda z: changed(z, columns, at, value("attn.hook_z")))
            case "neuron" | "expert" if ".expert." in name:
                keys = ("mlp.hook_post", "mlp.hook_expert_indices")
                seen = donors and [{key: donor[f"blocks.{layer}.{key}"] for key in keys} for donor in donors]
                return change_expert(part(block, anatomy.mixture), name, at, seen)
            case "neuron":
                neuron = int(name.rsplit(".", 1)[1])
                return change_input(part(block, anatomy.down), lambda c: changed(c, slice(neuron, neuron + 1), at, value("mlp.hook_post")))
            case branch:
                # What is added to the stream: behind the norm of a branch, where it has one.
                posts = {"attn": (anatomy.ln1_post, anatomy.o), "mlp": (anatomy.ln2_post, anatomy.down)}
                if anatomy.mixture and is_mixture(part(block, anatomy.mixture)):
                    posts["mlp"] = (anatomy.ln2_post, anatomy.mixture)
                post, projection = posts[branch]
                added = value(f"hook_{branch}_out")
                before_multiplier = added and [each / anatomy.residual_multiplier for each in added]
                return change_output(part(block, post or projection), lambda out: changed(out, slice(None), at, before_multiplier))

    def placed(self, name: str) -> tuple[str, list[int] | None]:
        """A component's name without its positions, and those; None: all."""
        name, _, ranges = name.partition("@")
        if not ranges:
            return name, None
        count = len(self.question.tokens)
        positions = []
        for each in ranges.split(","):
            first, last = RANGE.match(each).groups()
            first, last = (int(end) % count for end in (first, last or first))
            positions += range(first, last + 1)
        return name, positions

    def source(self, layer: int, head: int, source: int, readers: list[int], donors: list[dict[str, Tensor]] | None):
        """Takes probability · value of one source out of z where it is read; probabilities stay what they are."""
        s, at = self.anatomy.shape, f"blocks.{layer}.attn."
        columns = slice(head * s.read, (head + 1) * s.read)
        # Interventions in lower layers are at work already. None of this layer changes its probabilities or values.
        here = self.trace(self.question.tokens)
        summand = lambda seen, reader, read: seen[at + "hook_pattern"][head, reader, read] * seen[at + "hook_v"][read, head * s.groups // s.heads]
        added = {}
        for reader in readers:
            out = -summand(here, reader, source)
            if donors is not None:
                shifts = [(donor, len(self.question.tokens) - len(donor["logits"])) for donor in donors]
                values = [summand(donor, reader - shift, source - shift) for donor, shift in shifts if source >= shift]
                if not values:
                    continue
                out = out + torch.stack(values).mean(0)
            added[reader] = out

        def change(z: Tensor) -> Tensor:
            z = z.clone()
            for reader, out in added.items():
                z[..., reader, columns] += out
            return z

        return change


def layer_of(name: str) -> int:
    return int(LAYER.match(name)[1])


def kind_of(name: str) -> str:
    name = name.partition("@")[0]
    if SOURCE.search(name):
        return "source"
    return next((kind for kind in ("head", "neuron", "expert") if f".{kind}." in name), name.rsplit(".", 1)[1])


# ------------------------------------------------------------------------------------------------------------- fixtures


def run_all(folder: Path, question: Question, keep) -> dict[str, Tensor]:
    """What `keep` keeps of the trace of every case, under the number of the case."""
    model = load_reference(folder)
    hooks = Hooks(model, ANATOMIES[model.config.model_type](model.config), question)
    ordinary = hooks.trace(question.tokens)
    expected = {}
    for i, (what, case) in enumerate(question.cases.items()):
        seen = hooks.run(case)
        effect = max((seen[key] - ordinary[key]).abs().max() / ordinary[key].abs().max() for key in seen if key.endswith("hook_resid_post"))
        assert effect > 1e-3 or "does not have" in what, f"{what}: changes the stream by {effect:.0e} only"
        expected |= {f"{i}.{name}": value.float().contiguous() for name, value in keep(case, seen).items()}
    return expected


def make_gpt2() -> None:
    question = gpt2_question()
    kept = ("hook_resid_post", "attn.hook_z", "hook_attn_out", "hook_mlp_out", "logits")
    keep = lambda _case, seen: {name: value for name, value in seen.items() if name.endswith(kept)}
    save_file(run_all(HERE.parent / "fixtures" / "trained" / "model", question, keep), HERE / "expected.safetensors")
    (HERE / "interventions.json").write_text(json.dumps(question.asked(), indent=1) + "\n")


def make_family(name: str, question: Question, folder: Path) -> None:
    """The streams from the first touched block on, and the logits at the position under study."""

    def keep(case: Case, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        first = min(layer_of(component) for component, _ in case)
        streams = {key: value for key, value in seen.items() if key.endswith("hook_resid_post") and layer_of(key) >= first}
        return streams | {"logits": seen["logits"][question.position]}

    folder.mkdir(exist_ok=True)
    save_file(run_all(HERE.parent / "families" / "fixtures" / name / "model", question, keep), folder / f"{name}.safetensors")
    (folder / "question.json").write_text(json.dumps(question.asked(), indent=1) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for name in sys.argv[1:] or ["gpt2", *FAMILIES, *EXPERTS]:
        print(name, flush=True)
        if name == "gpt2":
            make_gpt2()
        elif name in FAMILIES:
            make_family(name, families_question(), HERE / "families")
        if name in EXPERTS:
            make_family(name, experts_question(), HERE / "experts")
        if name in SHARED_EXPERTS:
            make_family(name, shared_experts_question(), HERE / "shared-experts")
        if name in POSITIONS:
            make_family(name, positions_question(), HERE / "positions")
