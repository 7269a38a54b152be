"""Makes the oracle fixtures of the backward lens: the formulas of Katz, Belinkov, Geva & Wolf (2024) on what torch's autograd gets.

    python test/oracle/backward/make_backward.py              # all
    python test/oracle/backward/make_backward.py llama gemma2 # only these

The loss is -log p of a token at a position; `loss.backward()` fills the `.grad` of the feed-forward matrices themselves. What is
said of neurons and of whole matrices comes from there; what is said of positions comes from the inputs of the matrices and the
gradients of their outputs (VJPs), after the sum of their outer products has been compared with `.grad`. A fixture is
`<name>.safetensors`; `questions.json` says what was asked.
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging

HERE = Path(__file__).resolve().parent
ORACLE = HERE.parent
sys.path.insert(0, str(ORACLE / "families"))
from anatomies import ANATOMIES  # noqa: E402
from anatomy import Anatomy  # noqa: E402
from tracer import load_reference, part  # noqa: E402

# One of each: plain GPT-2, gated, one matrix for gate and up, norms behind the branches and a soft-cap, multipliers, parallel,
# norms on the stream itself.
NAMES = ["visit-small", "trained", "llama", "phi3", "gemma2", "granite", "falcon-7b", "opt-350m"]
FOLDERS = {
    folder.name: folder for parent in (ORACLE / "fixtures", ORACLE / "families" / "fixtures") for folder in parent.iterdir()
}
LIMIT = 300_000
TOKENS, NEURONS = 10, 4


class Seen:
    """What enters and leaves modules during a pass; gradients of what leaves are kept."""

    def __init__(self) -> None:
        self.inputs: dict[str, Tensor] = {}
        self.outputs: dict[str, Tensor] = {}
        self.handles = ExitStack()

    def watch(self, module: nn.Module, name: str) -> None:
        def before(_module, args, kwargs):
            self.inputs[name] = args[0] if args else kwargs["hidden_states"]
            if self.inputs[name].requires_grad:
                self.inputs[name].retain_grad()

        def after(_module, _args, output):
            value = output[0] if isinstance(output, tuple) else output
            value.retain_grad()
            self.outputs[name] = value

        self.handles.callback(module.register_forward_pre_hook(before, with_kwargs=True).remove)
        self.handles.callback(module.register_forward_hook(after).remove)


def gradient(x: Tensor) -> Tensor:
    """[T, width]"""
    assert x.grad is not None
    return x.grad.flatten(0, -2)


def weight_gradient(module: nn.Module) -> Tensor:
    """The gradient of a matrix as [inputs, outputs]."""
    return module.weight.grad if isinstance(module, Conv1D) else module.weight.grad.T


def logit_lens(model: PreTrainedModel, anatomy: Anatomy, rows: Tensor) -> Tensor:
    """Logits of directions: every row is brought to a root mean square of 1 first."""
    rows = rows / rows.norm(dim=-1, keepdim=True) * rows.shape[-1] ** 0.5
    normed = part(model, anatomy.final_norm)(rows) if anatomy.final_norm else rows
    projected = part(model, anatomy.project_out)(normed) if anatomy.project_out else normed
    logits = part(model, anatomy.unembed)(projected) * anatomy.logit_scale
    cap = anatomy.logit_softcap
    return logits if cap is None else cap * torch.tanh(logits / cap)


def make(name: str) -> list[dict]:
    folder = FOLDERS[name]
    fixture = json.loads((folder / "fixture.json").read_text())
    tokens = fixture["tokens"]
    model = load_reference(ORACLE.parent.parent / fixture["model"] if "model" in fixture else folder / "model")
    anatomy = ANATOMIES[model.config.model_type](model.config)
    blocks = part(model, anatomy.blocks)
    last = len(tokens) - 1
    asked, expected = [], {}
    for position, layer in [(last, len(blocks) - 2), (last // 2, 0)]:
        seen = Seen()
        block = blocks[layer]
        up, down = part(block, anatomy.up), part(block, anatomy.down)
        gate = part(block, anatomy.gate) if anatomy.gate else None
        seen.watch(block, "block")
        seen.watch(part(block, anatomy.ln1_post or anatomy.o), "attention")
        seen.watch(part(block, anatomy.ln2_post or anatomy.down), "mlp")
        for key, module in {"up": up, "down": down, "gate": gate}.items():
            if module is not None and not (key == "down" and anatomy.ln2_post is None):
                seen.watch(module, key)
        model.zero_grad()
        with seen.handles:
            logits = model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, position]
        target = logits.topk(2).indices[1].item()
        loss = -logits.log_softmax(-1)[target]
        loss.backward()
        if anatomy.ln2_post is None:
            seen.inputs["down"], seen.outputs["down"] = seen.inputs["mlp"], seen.outputs["mlp"]
        question = {"position": position, "layer": layer, "target": target}
        with torch.no_grad():
            found = answer(model, anatomy, seen, question, {"up": up, "gate": gate, "down": down})
        found["loss"] = loss.detach().reshape(1)
        expected |= {f"{len(asked)}.{key}": value for key, value in found.items()}
        asked.append(question)
    file = HERE / f"{name}.safetensors"
    save_file({key: (value.int() if key.endswith("Ids") else value.float()).contiguous() for key, value in expected.items()}, file)
    assert file.stat().st_size <= LIMIT, f"{name} takes {file.stat().st_size} bytes"
    return asked


def answer(
    model: PreTrainedModel, anatomy: Anatomy, seen: Seen, question: dict, matrices: dict[str, nn.Module | None]
) -> dict[str, Tensor]:
    rows = question["position"] + 1
    x = {key: seen.inputs[key].flatten(0, -2)[:rows] for key in ("up", "down")}
    vjp = {key: gradient(seen.outputs[key]) for key in ("up", "gate", "down") if key in seen.outputs}
    assert not any(delta[rows:].any() for delta in vjp.values()), "a later position has a gradient"
    vjp = {key: delta[:rows] for key, delta in vjp.items()}
    grads = {key: weight_gradient(module) for key, module in matrices.items() if module is not None}
    for key, grad in grads.items():
        # Lemma of the paper: a matrix's gradient is the sum of outer products of its inputs and its VJPs.
        torch.testing.assert_close(x["down" if key == "down" else "up"].T @ vjp[key], grad, rtol=1e-9, atol=1e-12)
        assert torch.linalg.matrix_rank(grad) <= (vjp["down"] != 0).any(dim=-1).sum()
    if anatomy.gate_and_up:
        for parts in (grads, vjp):
            parts["gate"], parts["up"] = parts["up"].chunk(2, dim=-1)

    # [F, d] of each neuron: its columns of the first matrices, its row of the last. A step of descent adds the negative.
    neurons = {"up": -grads["up"].T, "down": -grads["down"]} | ({"gate": -grads["gate"].T} if "gate" in grads else {})
    strengths = torch.stack([vectors.norm(dim=-1) for vectors in neurons.values()]).norm(dim=0)
    strongest = strengths.topk(NEURONS).indices
    gradients = {
        "before": gradient(seen.inputs["block"])[:rows],
        "after": gradient(seen.outputs["block"])[:rows],
        # What is added to the stream is what the layer writes times the multiplier.
        "attnOut": gradient(seen.outputs["attention"])[:rows] / anatomy.residual_multiplier,
        "mlpOut": gradient(seen.outputs["mlp"])[:rows] / anatomy.residual_multiplier,
    }
    first = torch.cat([vjp[key] for key in ("up", "gate") if key in vjp], dim=-1)
    found = {f"{key}.norms": delta.norm(dim=-1) for key, delta in gradients.items()}
    found |= {
        # A window of attention can keep the gradient from a position.
        "rank": (vjp["down"] != 0).any(dim=-1).sum().reshape(1),
        "imprint.strengths": x["up"].norm(dim=-1) * first.norm(dim=-1),
        "shift.strengths": x["down"].norm(dim=-1) * vjp["down"].norm(dim=-1),
        "matrices": torch.stack([grads[key].norm() for key in ("up", "gate", "down") if key in grads]),
        "neuronIds": strongest,
        "neuronStrengths": strengths[strongest],
    }
    directions = {key: -delta for key, delta in gradients.items()}
    directions |= {"imprint": x["up"], "shift": -vjp["down"]}
    directions |= {f"neuron.{key}": vectors[strongest] for key, vectors in neurons.items()}
    for key, vectors in directions.items():
        said = torch.where(vectors.norm(dim=-1, keepdim=True) > 0, logit_lens(model, anatomy, vectors), 0)
        # One more than is compared: an order that rounding can change is known by its neighbours.
        top, bottom = said.topk(TOKENS + 1), (-said).topk(TOKENS + 1)
        found |= {f"{key}.topIds": top.indices, f"{key}.topLogits": top.values}
        found |= {f"{key}.bottomIds": bottom.indices, f"{key}.bottomLogits": -bottom.values}
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    file = HERE / "questions.json"
    asked = json.loads(file.read_text()) if file.exists() else {}
    for name in sys.argv[1:] or NAMES:
        print(name, flush=True)
        asked[name] = make(name)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(asked[name])}" for name in sorted(asked))
    file.write_text("{\n" + lines + "\n}\n")
