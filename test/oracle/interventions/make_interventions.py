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
from tracer import load_reference, part, trace  # noqa: E402

Case = list[tuple[str, list[int] | None]]


@dataclass(frozen=True)
class Question:
    """A prompt, where it is studied, and what is changed while it runs: components, each with the prompt of its new value."""

    tokens: list[int]
    position: int
    cases: dict[str, Case]

    def asked(self) -> dict:
        cases = [
            {"what": what, "interventions": [{"component": name, "tokens": tokens} for name, tokens in case]}
            for what, case in self.cases.items()
        ]
        return {"tokens": self.tokens, "position": self.position, "cases": cases}


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


# One checkpoint of every family, and of those whose switches change what an intervention meets more than one.
FAMILIES = [
    "bloom", "falcon-7b", "falcon-grouped", "falcon-rw", "gemma", "gemma2", "gemma3", "gpt-bigcode", "gpt-neo", "gpt-neox-parallel",
    "gptj", "granite-biased", "llama", "mistral", "olmo", "olmo2", "opt", "opt-350m", "phi", "phi3", "qwen2", "qwen3", "smollm3-biased",
    "stablelm",
]  # fmt: skip

# ---------------------------------------------------------------------------------------------------------------- hooks


def changed(tensor: Tensor, columns: slice, donor: Tensor | None) -> Tensor:
    """A copy of [..., T, width] whose columns are 0, or those of [T', width], aligned from the end."""
    tensor = tensor.clone()
    if donor is None:
        tensor[..., columns] = 0
        return tensor
    shift = tensor.shape[-2] - len(donor)
    for position in range(max(0, shift), tensor.shape[-2]):
        tensor[..., position, columns] = donor[position - shift, columns]
    return tensor


def change_input(module: nn.Module, change) -> object:
    return module.register_forward_pre_hook(lambda _module, args: (change(args[0]), *args[1:]))


def change_output(module: nn.Module, change) -> object:
    return module.register_forward_hook(lambda _module, _args, output: change(output))


LAYER = re.compile(r"blocks\.(\d+)\.")
SOURCE = re.compile(r"head\.(\d+)\.value\.(\d+)$")


class Hooks:
    """The hooks of some interventions, registered one after the other: what contains another last, so that it wins."""

    def __init__(self, model: PreTrainedModel, anatomy: Anatomy, question: Question) -> None:
        self.model, self.anatomy, self.question = model, anatomy, question
        self.ordinary: dict[tuple[int, ...], dict[str, Tensor]] = {}

    def trace(self, tokens: list[int]) -> dict[str, Tensor]:
        return trace(self.model, self.anatomy, tokens)

    def run(self, case: Case) -> dict[str, Tensor]:
        donors = [None if tokens is None else self.donor(tokens) for _, tokens in case]
        order = ["source", "head", "neuron", "attn", "mlp"]
        changes = sorted(zip([name for name, _ in case], donors, strict=True), key=lambda c: (layer_of(c[0]), order.index(kind_of(c[0]))))
        with ExitStack() as handles:
            for name, donor in changes:
                handles.callback(self.register(name, donor).remove)
            return self.trace(self.question.tokens)

    def donor(self, tokens: list[int]) -> dict[str, Tensor]:
        key = tuple(tokens)
        if key not in self.ordinary:
            self.ordinary[key] = self.trace(tokens)
        return self.ordinary[key]

    def register(self, name: str, donor: dict[str, Tensor] | None) -> object:
        anatomy, s = self.anatomy, self.anatomy.shape
        layer = layer_of(name)
        block = part(self.model, anatomy.blocks)[layer]
        value = lambda key: None if donor is None else donor[f"blocks.{layer}.{key}"].reshape(len(donor["logits"]), -1)
        match kind_of(name):
            case "source":
                without_source = self.source(layer, *map(int, SOURCE.search(name).groups()), donor)
                return change_input(part(block, anatomy.o), without_source)
            case "head":
                head = int(name.rsplit(".", 1)[1])
                columns = slice(head * s.width, (head + 1) * s.width)
                return change_input(part(block, anatomy.o), lambda z: changed(z, columns, value("attn.hook_z")))
            case "neuron":
                neuron = int(name.rsplit(".", 1)[1])
                return change_input(part(block, anatomy.down), lambda c: changed(c, slice(neuron, neuron + 1), value("mlp.hook_post")))
            case branch:
                # What is added to the stream: behind the norm of a branch, where it has one.
                posts = {"attn": (anatomy.ln1_post, anatomy.o), "mlp": (anatomy.ln2_post, anatomy.down)}
                post, projection = posts[branch]
                added = value(f"hook_{branch}_out")
                before_multiplier = None if added is None else added / anatomy.residual_multiplier
                return change_output(part(block, post or projection), lambda out: changed(out, slice(None), before_multiplier))

    def source(self, layer: int, head: int, source: int, donor: dict[str, Tensor] | None):
        """Takes probability · value of one source out of z at the position under study; probabilities stay what they are."""
        s, position, at = self.anatomy.shape, self.question.position, f"blocks.{layer}.attn."
        columns = slice(head * s.width, (head + 1) * s.width)
        # Interventions in lower layers are at work already. None of this layer changes its probabilities or values.
        here = self.trace(self.question.tokens)
        summand = lambda seen, reader, read: seen[at + "hook_pattern"][head, reader, read] * seen[at + "hook_v"][read, head * s.groups // s.heads]
        out = -summand(here, position, source)
        if donor is not None:
            shift = len(self.question.tokens) - len(donor["logits"])
            if source < shift:
                return lambda z: z
            out = out + summand(donor, position - shift, source - shift)

        def change(z: Tensor) -> Tensor:
            z = z.clone()
            z[..., position, columns] += out
            return z

        return change


def layer_of(name: str) -> int:
    return int(LAYER.match(name)[1])


def kind_of(name: str) -> str:
    if SOURCE.search(name):
        return "source"
    return "head" if ".head." in name else "neuron" if ".neuron." in name else name.rsplit(".", 1)[1]


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


def make_family(name: str) -> None:
    """The streams from the first touched block on, and the logits at the position under study."""
    question = families_question()

    def keep(case: Case, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        first = min(layer_of(component) for component, _ in case)
        streams = {key: value for key, value in seen.items() if key.endswith("hook_resid_post") and layer_of(key) >= first}
        return streams | {"logits": seen["logits"][question.position]}

    folder = HERE / "families"
    folder.mkdir(exist_ok=True)
    save_file(run_all(HERE.parent / "families" / "fixtures" / name / "model", question, keep), folder / f"{name}.safetensors")
    (folder / "question.json").write_text(json.dumps(question.asked(), indent=1) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for name in sys.argv[1:] or ["gpt2", *FAMILIES]:
        print(name, flush=True)
        make_gpt2() if name == "gpt2" else make_family(name)
