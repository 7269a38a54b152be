"""Runs a model of `transformers` and keeps every tensor of the pass, by hooks on its modules."""

import math
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig, PreTrainedModel

from anatomy import Anatomy, joined_keys
from mixture import WithSharedExpert, check, coefficients, is_mixture


def part(module: nn.Module, path: str) -> nn.Module:
    return module.get_submodule(path)


class Recorder:
    """Tensors by name, without their batch axis."""

    def __init__(self) -> None:
        self.found: dict[str, Tensor] = {}
        self.handles = ExitStack()

    def keep(self, name: str, value: Tensor, last: bool = False) -> None:
        assert last or name not in self.found, f"{name} seen twice"
        # A copy: some models go on to add to their tensors, or clip them, in place.
        self.found[name] = value.detach().squeeze(0).clone()

    def input_of(self, module: nn.Module, name: str) -> None:
        def hook(_module, args, kwargs):
            self.keep(name, args[0] if args else kwargs["hidden_states"])

        self.handles.callback(module.register_forward_pre_hook(hook, with_kwargs=True).remove)

    def output_of(self, module: nn.Module, name: str, index: int = 0, last: bool = False) -> None:
        """@param last whether a module may be seen more than once, and counts the last time (nanochat's norm)"""

        def hook(_module, _args, output):
            self.keep(name, output[index] if isinstance(output, (tuple, list)) else output, last)

        self.handles.callback(module.register_forward_hook(hook).remove)


@contextmanager
def rotated_heads(model: PreTrainedModel, anatomy: Anatomy, recorder: Recorder):
    """Keeps queries and keys as they meet: after the rotation, and after their norms.

    Families that call `eager_attention_forward` show them there; the older ones in `apply_rotary_pos_emb`, or in the
    `_attn` method of their attention.
    """
    modeling = sys.modules[type(model).__module__]
    layers = {part(block, anatomy.attention): l for l, block in enumerate(part(model, anatomy.blocks))}
    rotary = has_rotary(model)

    def keep(layer: int, q: Tensor, k: Tensor) -> None:
        if not rotary(layer):
            return
        # [1, H, T, k]; Falcon repeats each group's key for all its heads before it rotates them.
        k = k[:, :: k.shape[1] // anatomy.shape.groups]
        q, k = (paired(x, anatomy.unpaired) for x in (q, k))
        recorder.keep(f"blocks.{layer}.attn.hook_rot_q", q.transpose(1, 2))
        recorder.keep(f"blocks.{layer}.attn.hook_rot_k", k.transpose(1, 2))

    with ExitStack() as stack:
        if hasattr(modeling, "eager_attention_forward"):
            original = modeling.eager_attention_forward

            def attend(module, query, key, *args, **kwargs):
                keep(layers[module], query, key)
                return original(module, query, key, *args, **kwargs)

            stack.enter_context(patch.object(modeling, "eager_attention_forward", attend))
        elif hasattr(next(iter(layers)), "_attn"):
            for module, layer in layers.items():

                def attend(query, key, *args, layer=layer, original=module._attn, **kwargs):
                    keep(layer, query, key)
                    return original(query, key, *args, **kwargs)

                stack.enter_context(patch.object(module, "_attn", attend))
        elif rotary(0):
            original = modeling.apply_rotary_pos_emb
            order = iter(range(len(layers)))

            def rotate(*args, **kwargs):
                q, k = original(*args, **kwargs)
                keep(next(order), q, k)
                return q, k

            stack.enter_context(patch.object(modeling, "apply_rotary_pos_emb", rotate))
        yield


class NoRMSNorm(nn.Identity):
    """In the place of a norm where there is none."""


def implementation(config: PreTrainedConfig) -> str:
    """Which attention of `transformers` is the reference.

    The eager one shows its probabilities. But that of Falcon adds the position biases twice, once to the scores and once
    in the mask (5.23; published models want them once, which is what the default, scaled dot-product attention, does).
    """
    return "sdpa" if config.model_type == "falcon" and config.alibi else "eager"


def paired(x: Tensor, width: int) -> Tensor:
    """The last features of heads in pairs of neighbours again, where the model has put the first of all pairs before the second."""
    if width == 0:
        return x
    first, second = x[..., -width:].chunk(2, dim=-1)
    return torch.cat([x[..., :-width], torch.stack([first, second], dim=-1).flatten(-2)], dim=-1)


def load_reference(folder: Path) -> PreTrainedModel:
    """The checkpoint as it was stored, widened to float64."""
    attention = implementation(AutoConfig.from_pretrained(folder))
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation=attention, dtype=torch.float32)
    # The default implementation of experts multiplies single precision only.
    model.config._experts_implementation = "eager"
    if model.config.model_type == "gpt_neox_japanese":
        # The bias of the last layer's output is added apart from that layer: where the others have theirs is where it is looked for.
        attention = model.gpt_neox_japanese.layers[-1].attention
        attention.dense.bias, attention.dense_bias = attention.dense_bias, None
    if model.config.model_type == "granitemoeshared":
        # The shared expert lies beside the mixture: one module makes what the feed-forward layer adds.
        for layer in model.model.layers:
            if layer.shared_mlp is not None:
                layer.block_sparse_moe, layer.shared_mlp = WithSharedExpert(layer.block_sparse_moe, layer.shared_mlp), None
    if model.config.model_type == "llama4_text" and model.config.use_qk_norm:
        # Layers that do not rotate have no norm of their heads: all are asked alike for what it yields.
        for layer in model.model.layers:
            if not hasattr(layer.self_attn, "qk_norm"):
                layer.self_attn.qk_norm = NoRMSNorm()
    if model.config.model_type == "xglm":
        # It writes the lowest number of its own type as one of the default type.
        model.register_forward_pre_hook(lambda *_: torch.set_default_dtype(torch.float64))
        model.register_forward_hook(lambda *_: torch.set_default_dtype(torch.float32), always_call=True)
    return model.double().eval()


@contextmanager
def probabilities(model: PreTrainedModel, anatomy: Anatomy, recorder: Recorder):
    """Keeps the attention probabilities."""
    attentions = [part(block, anatomy.attention) for block in part(model, anatomy.blocks)]
    name = "blocks.{}.attn.hook_pattern".format
    if implementation(model.config) == "eager":
        for layer, attention in enumerate(attentions):
            recorder.output_of(attention, name(layer), index=1)
        yield
        return
    original = torch.nn.functional.scaled_dot_product_attention
    layers = iter(range(len(attentions)))

    def attend(q, k, v, attn_mask, dropout_p, is_causal):
        assert attn_mask is not None and not is_causal
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + attn_mask
        recorder.keep(name(next(layers)), scores.softmax(dim=-1))
        return original(q, k, v, attn_mask=attn_mask)

    with patch.object(torch.nn.functional, "scaled_dot_product_attention", attend):
        yield


def has_rotary(model: PreTrainedModel):
    """Whether a layer rotates its queries and keys."""
    config = model.config
    if config.model_type in ("gptj", "codegen"):
        return lambda layer: True
    if config.model_type in ("cohere2", "exaone4", "exaone_moe"):
        return lambda layer: config.sliding_window is None or config.layer_types[layer] == "sliding_attention"
    if getattr(config, "alibi", False) or getattr(config, "rope_parameters", None) is None:
        return lambda layer: False
    if getattr(config, "no_rope_layers", None):
        return lambda layer: bool(config.no_rope_layers[layer])
    return lambda layer: True


def trace(model: PreTrainedModel, anatomy: Anatomy, tokens: list[int], checked: bool = True) -> dict[str, Tensor]:
    """Every tensor of the trace under its name, and `blocks.l.attn.normed_q` / `normed_k` where these are normed.

    @param checked whether experts must write what their layer does, which hooks may change
"""
    recorder = Recorder()
    blocks = part(model, anatomy.blocks)
    s = anatomy.shape
    with recorder.handles, rotated_heads(model, anatomy, recorder), probabilities(model, anatomy, recorder), torch.no_grad():
        if anatomy.positions:
            recorder.output_of(part(model, anatomy.positions), "pos_embed")
        if anatomy.final_norm:
            recorder.output_of(part(model, anatomy.final_norm), "ln_final.hook_normalized", last=True)
        for l, block in enumerate(blocks):
            at = f"blocks.{l}."
            attention = part(block, anatomy.attention)
            recorder.input_of(block, at + "hook_resid_pre")
            recorder.output_of(block, at + "hook_resid_post")
            for name, path in [("ln1", anatomy.ln1), ("ln2", anatomy.ln2)]:
                if path:
                    recorder.output_of(part(block, path), at + name + ".hook_normalized")
            for path in anatomy.qkv:
                recorder.output_of(part(attention, path), at + path)
            if anatomy.latent and anatomy.latent.query_rank:
                recorder.output_of(part(attention, "q_a_proj"), at + "attn.latent_q")
            for name, path in [("q", anatomy.q_norm), ("k", anatomy.k_norm)]:
                if path and not anatomy.norms_rotated:
                    recorder.output_of(part(attention, path), at + "attn.normed_" + name)
            recorder.input_of(part(block, anatomy.o), at + "attn.hook_z")
            recorder.output_of(part(block, anatomy.o), at + "attn.hook_out")
            if anatomy.mid:
                recorder.input_of(part(block, anatomy.mid), at + "hook_resid_mid")
            if anatomy.mixture and is_mixture(part(block, anatomy.mixture)):
                recorder.input_of(part(block, anatomy.mixture), at + "mlp.read")
                recorder.output_of(part(block, anatomy.mixture), at + "mlp.hook_out")
            else:
                recorder.input_of(part(block, anatomy.down), at + "mlp.hook_post")
                recorder.output_of(part(block, anatomy.down), at + "mlp.hook_out")
            for name, path in [("hook_attn_out", anatomy.ln1_post), ("hook_mlp_out", anatomy.ln2_post)]:
                if path:
                    recorder.output_of(part(block, path), at + name)
        # The first GPT gives its probabilities only if asked.
        asked = {"output_attentions": True} if model.config.model_type == "openai-gpt" else {}
        recorder.keep("logits", model(input_ids=torch.tensor([tokens]), **asked).logits)

    found = recorder.found
    for l in range(len(blocks)):
        at = f"blocks.{l}."
        if at + "mlp.read" in found:
            mlp = part(blocks[l], anatomy.mixture)
            with torch.no_grad():
                routed = coefficients(mlp, found.pop(at + "mlp.read"))
                if checked:
                    check(routed, mlp, found[at + "mlp.hook_out"])
            found |= {at + name: value for name, value in routed.items()}
        for path, split in anatomy.qkv.items():
            projected = found.pop(at + path)
            if path == "kv_a_proj_with_mqa":
                found[at + "attn.latent_kv"] = projected[..., : anatomy.latent.rank]
            if anatomy.clip_qkv is not None:
                projected = projected.clamp(-anatomy.clip_qkv, anatomy.clip_qkv)
            for name, heads in split(projected, s).items():
                found[at + f"attn.hook_{name}"] = heads
        joined_keys(found, s.heads, at + "attn.hook_")
        if anatomy.norms_rotated:
            # As if they came first: the length is the same, and at the first position, where nothing turns, all of it.
            attention = part(blocks[l], anatomy.attention)
            for name, path in [("q", anatomy.q_norm), ("k", anatomy.k_norm)]:
                found[at + f"attn.normed_{name}"] = part(attention, path)(found[at + f"attn.hook_{name}"])
        for name, count in [("normed_q", s.heads), ("normed_k", s.groups)]:
            if at + "attn." + name in found:
                normed = found[at + "attn." + name]
                # [T, H·k], [T, H, k], or [H, T, k] where heads were moved first
                normed = normed.transpose(0, 1) if normed.ndim == 3 and normed.shape[0] != len(tokens) else normed
                found[at + "attn." + name] = normed.reshape(len(tokens), count, s.width)
        found[at + "attn.hook_z"] = found[at + "attn.hook_z"].reshape(len(tokens), s.heads, s.read)
        for branch, post in [("attn", anatomy.ln1_post), ("mlp", anatomy.ln2_post)]:
            if not post:
                found[at + f"hook_{branch}_out"] = found.pop(at + f"{branch}.hook_out")
            found[at + f"hook_{branch}_out"] = found[at + f"hook_{branch}_out"] * anatomy.residual_multiplier
    found["embed"] = found["blocks.0.hook_resid_pre"] - found.get("pos_embed", 0)
    check_sums(found, anatomy, len(blocks))
    return found


def check_sums(found: dict[str, Tensor], anatomy: Anatomy, layers: int) -> None:
    """The hooks must have caught what is added: a stream is the one before it plus its branches."""
    post_norm_stream = anatomy.mid is not None and anatomy.mid == anatomy.ln1
    for l in range(layers):
        at = f"blocks.{l}."
        pre, post, attn, mlp = (found[at + name] for name in ["hook_resid_pre", "hook_resid_post", "hook_attn_out", "hook_mlp_out"])
        if l + 1 < layers:
            torch.testing.assert_close(post, found[f"blocks.{l + 1}.hook_resid_pre"])
        if anatomy.mid:
            torch.testing.assert_close(pre + attn, found[at + "hook_resid_mid"])
        if not post_norm_stream:
            torch.testing.assert_close(pre + attn + mlp, post)
