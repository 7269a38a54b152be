"""Makes the oracle fixtures of gradients: what torch's autograd gets on the checkpoints of the other fixtures, in float64.

    python test/oracle/gradients/make_gradients.py              # all
    python test/oracle/gradients/make_gradients.py llama gemma2 # only these

Of every checkpoint: gradients of the most likely token's logit, and of its difference to the runner-up's, at the first, a middle
and the last position; and at the middle one of its log probability and of its logit less the mean of all logits. A fixture is
`<name>.safetensors`, whose tensors are named `<question>.<name in the trace>`; `questions.json` says what was asked.
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.utils import logging

HERE = Path(__file__).resolve().parent
ORACLE = HERE.parent
sys.path.insert(0, str(ORACLE / "families"))
from anatomies import ANATOMIES  # noqa: E402
from anatomy import Anatomy  # noqa: E402
from mixture import coefficients, is_mixture, written  # noqa: E402
from tracer import load_reference, part  # noqa: E402

LIMIT = 300_000
FOLDERS = {
    folder.name: folder
    for parent in (ORACLE / "fixtures", ORACLE / "families" / "fixtures")
    for folder in sorted(parent.iterdir())
    if (folder / "fixture.json").exists()
}


class Points:
    """Tensors of a pass with respect to which there are gradients. Hooks pass on copies, so that nothing changes them in place."""

    def __init__(self) -> None:
        self.found: dict[str, Tensor] = {}
        self.handles = ExitStack()
        # of latent attention, by block: what all keys share, turned
        self.turned: dict[str, Tensor] = {}

    def keep(self, name: str, value: Tensor) -> Tensor:
        assert name not in self.found, f"{name} seen twice"
        self.found[name] = value
        return value.clone()

    def input_of(self, module: nn.Module, name: str) -> None:
        def hook(_module, args, kwargs):
            if args:
                return (self.keep(name, args[0]), *args[1:]), kwargs
            return args, kwargs | {"hidden_states": self.keep(name, kwargs["hidden_states"])}

        self.handles.callback(module.register_forward_pre_hook(hook, with_kwargs=True).remove)

    def output_of(self, module: nn.Module, name: str, change=lambda x: x) -> None:
        def hook(_module, _args, output):
            if isinstance(output, (tuple, list)):
                return (self.keep(name, change(output[0])), *output[1:])
            return self.keep(name, change(output))

        self.handles.callback(module.register_forward_hook(hook).remove)


def through_neurons(mlp: nn.Module, points: Points, name: str):
    """The forward pass of a mixture of experts with its neurons' coefficients as a tensor of its own."""

    returns_scores = type(mlp).__name__ in ("GptOssMLP", "Llama4TextMoe")

    def forward(hidden_states: Tensor):
        x = hidden_states.flatten(0, -2)
        found = coefficients(mlp, x)
        post = points.keep(name, found["mlp.hook_post"])
        out = written(mlp, found | {"mlp.hook_post": post}).reshape(hidden_states.shape)
        return (out, found["mlp.hook_expert_gates"]) if returns_scores else out

    return forward


def with_keys(attention: nn.Module, points: Points, at: str):
    """How latent attention makes keys and values, with the keys of every head as a tensor of its own, and what of them all share before and after it turns."""
    original = attention.expand_kv

    def expand(kv: Tensor, turned: Tensor):
        points.turned[at] = turned
        keys, values = original(kv, turned)
        return points.keep(at + "attn.keys", keys), values

    return expand


def of_latent_keys(anatomy: Anatomy, points: Points, found: dict[str, Tensor], at: str) -> dict[str, Tensor]:
    """The gradient of every head's key, as it was before it turned: [T,H,k]."""
    latent = anatomy.latent
    own = found.pop(at + "attn.hook_own_k")
    summed = found.pop(at + "attn.hook_shared_k")
    keys = found.pop(at + "attn.keys").unflatten(0, (anatomy.shape.heads, -1))
    torch.testing.assert_close(keys[..., : latent.own].transpose(0, 1), own)
    back = [
        torch.autograd.grad(points.turned[at], points.found[at + "kv_a_proj_with_mqa"], head[None, None], retain_graph=True)[0][0, :, latent.rank :]
        for head in keys[..., latent.own :]
    ]
    shared = torch.stack(back, dim=1)
    torch.testing.assert_close(shared.sum(1), summed)
    return {at + "attn.hook_k": torch.cat([own, shared], dim=-1)}


def differentiable_pass(model: PreTrainedModel, anatomy: Anatomy, tokens: list[int]) -> tuple[Tensor, Points]:
    """Logits [T, V], and every tensor whose gradient is kept, as the model holds it."""
    points = Points()
    blocks = part(model, anatomy.blocks)
    clip = anatomy.clip_qkv
    with points.handles, ExitStack() as restored:
        if clip is not None:
            # Done by the hooks below: what is clipped twice has no gradient where the second time finds it at its bound.
            attentions = [part(block, anatomy.attention) for block in blocks]
            for holder in [model.config, *attentions]:
                if getattr(holder, "clip_qkv", None) is not None:
                    restored.enter_context(patch.object(holder, "clip_qkv", None))
        for l, block in enumerate(blocks):
            at = f"blocks.{l}."
            attention = part(block, anatomy.attention)
            points.input_of(block, at + "hook_resid_pre")
            for path in anatomy.qkv:
                # Queries, keys and values as they are used: clipped where the model clips.
                points.output_of(part(attention, path), at + path, lambda x: x if clip is None else x.clamp(-clip, clip))
            if anatomy.latent:
                restored.enter_context(patch.object(attention, "expand_kv", with_keys(attention, points, at)))
            points.input_of(part(block, anatomy.o), at + "attn.hook_z")
            points.output_of(part(block, anatomy.ln1_post or anatomy.o), at + "hook_attn_out")
            if anatomy.mixture and is_mixture(part(block, anatomy.mixture)):
                mlp = part(block, anatomy.mixture)
                restored.enter_context(patch.object(mlp, "forward", through_neurons(mlp, points, at + "mlp.hook_post")))
                points.output_of(part(block, anatomy.ln2_post) if anatomy.ln2_post else mlp, at + "hook_mlp_out")
                continue
            points.input_of(part(block, anatomy.down), at + "mlp.hook_post")
            points.output_of(part(block, anatomy.ln2_post or anatomy.down), at + "hook_mlp_out")
        points.output_of(blocks[-1], f"blocks.{len(blocks) - 1}.hook_resid_post")
        logits = model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0]
    return logits, points


def gradients(model: PreTrainedModel, anatomy: Anatomy, value: Tensor, points: Points) -> dict[str, Tensor]:
    """Gradients of a value under the names of the trace, [T, ...] each."""
    kept = points.found
    grads = torch.autograd.grad(value, list(kept.values()), retain_graph=True, allow_unused=True)
    found = {name: torch.zeros_like(x) if g is None else g for (name, x), g in zip(kept.items(), grads, strict=True)}
    # Some models drop the batch axis of one prompt on the way.
    found = {name: gradient.flatten(0, -2) for name, gradient in found.items()}
    for l in range(len(part(model, anatomy.blocks))):
        at = f"blocks.{l}."
        for path, split in anatomy.qkv.items():
            for name, heads in split(found.pop(at + path), anatomy.shape).items():
                found[at + f"attn.hook_{name}"] = heads
        if anatomy.latent:
            found |= of_latent_keys(anatomy, points, found, at)
        z = found[at + "attn.hook_z"]
        found[at + "attn.hook_z"] = z.reshape(len(z), anatomy.shape.heads, anatomy.shape.read)
        # What is added to the stream is what the layer writes times the multiplier.
        for branch in ("attn", "mlp"):
            found[at + f"hook_{branch}_out"] = found[at + f"hook_{branch}_out"] / anatomy.residual_multiplier
    return found


def quantity(logits: Tensor, of: dict) -> Tensor:
    """What is differentiated, from the logits [V] of a position."""
    match of["kind"]:
        case "logit":
            return logits[of["id"]]
        case "difference":
            return logits[of["id"]] - logits[of["against"]]
        case "log-probability":
            return logits.log_softmax(-1)[of["id"]]
        case "centred-logit":
            return logits[of["id"]] - logits.mean()


def questions(logits: Tensor) -> list[dict]:
    last = len(logits) - 1
    asked = []
    for position in sorted({0, last // 2, last}):
        first, second = logits[position].topk(2).indices.tolist()
        kinds = [{"kind": "logit", "id": first}, {"kind": "difference", "id": first, "against": second}]
        if position == last // 2:
            kinds += [{"kind": "log-probability", "id": second}, {"kind": "centred-logit", "id": first}]
        asked += [{"position": position, "of": of} for of in kinds]
    return asked


def check(model: PreTrainedModel, anatomy: Anatomy, tokens: list[int], question: dict, found: dict[str, Tensor]) -> None:
    """The reference itself: against a finite difference at the first border, and against how a stream is summed."""
    layers = len(part(model, anatomy.blocks))
    if not (anatomy.mid is not None and anatomy.mid == anatomy.ln1):
        for l in range(layers):
            after = found[f"blocks.{l + 1}.hook_resid_pre" if l + 1 < layers else f"blocks.{l}.hook_resid_post"]
            torch.testing.assert_close(found[f"blocks.{l}.hook_mlp_out"], after)
    gradient = found["blocks.0.hook_resid_pre"]
    generator = torch.Generator().manual_seed(1)
    step = torch.randn(gradient.shape, generator=generator, dtype=gradient.dtype) * 1e-3

    def moved(by: Tensor) -> float:
        def hook(_module, args, kwargs):
            return ((args[0] + by, *args[1:]), kwargs) if args else (args, kwargs | {"hidden_states": kwargs["hidden_states"] + by})

        handle = part(model, anatomy.blocks)[0].register_forward_pre_hook(hook, with_kwargs=True)
        with torch.no_grad():
            value = quantity(model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, question["position"]], question["of"]).item()
        handle.remove()
        return value

    measured, expected = (moved(step) - moved(-step)) / 2, (gradient * step).sum().item()
    size = gradient.norm().item() * step.norm().item()
    assert abs(measured - expected) < 1e-2 * size, f"{question}: moves by {measured}, the gradient says {expected}"


def kept(name: str, layers: int, question: dict, last: int) -> bool:
    """Of a large checkpoint: every border, and the last block where the last position is asked for its logit."""
    if layers <= 3:
        return True
    if name.endswith(("hook_resid_pre", "hook_resid_post")):
        return question["of"]["kind"] in ("logit", "difference") or name.startswith("blocks.0.")
    return name.startswith(f"blocks.{layers - 1}.") and question["position"] == last and question["of"]["kind"] == "logit"


def make(name: str) -> list[dict]:
    folder = FOLDERS[name]
    fixture = json.loads((folder / "fixture.json").read_text())
    tokens = fixture["tokens"]
    model = load_reference(ORACLE.parent.parent / fixture["model"] if "model" in fixture else folder / "model")
    anatomy = ANATOMIES[model.config.model_type](model.config)
    layers = len(part(model, anatomy.blocks))
    logits, points = differentiable_pass(model, anatomy, tokens)
    with torch.no_grad():
        torch.testing.assert_close(logits, model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0], rtol=1e-5, atol=1e-5)
    asked = questions(logits.detach())
    expected = {}
    for i, question in enumerate(asked):
        position = question["position"]
        value = quantity(logits[position], question["of"])
        found = gradients(model, anatomy, value, points)
        check(model, anatomy, tokens, question, found)
        largest = max(gradient.abs().max() for gradient in found.values())
        expected[f"{i}.value"] = value.detach().reshape(1)
        for key, gradient in found.items():
            assert gradient.isfinite().all(), f"{name}: {key} is not finite"
            assert not gradient[position + 1 :].any(), f"{name}: {key} looks ahead"
            if kept(key, layers, question, len(tokens) - 1):
                # What is 0 up to the rounding of float64 is 0: queries and keys of a prompt of one token.
                expected[f"{i}.{key}"] = torch.where(gradient.abs() < 1e-12 * largest, 0, gradient)[: position + 1]
    file = HERE / f"{name}.safetensors"
    save_file({key: value.float().contiguous() for key, value in expected.items()}, file)
    size = file.stat().st_size
    assert size <= LIMIT, f"{name} takes {size} bytes"
    return asked


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    file = HERE / "questions.json"
    asked = json.loads(file.read_text()) if file.exists() else {}
    for name in sys.argv[1:] or FOLDERS:
        print(name, flush=True)
        asked[name] = make(name)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(asked[name])}" for name in sorted(asked))
    file.write_text("{\n" + lines + "\n}\n")
