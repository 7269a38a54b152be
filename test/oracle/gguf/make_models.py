"""Writes the fixtures of other families once more as GGUF, and tiny models whose weights are quantised, with what transformers computes.

    pip install -r test/oracle/requirements.txt
    python test/oracle/gguf/make_models.py          # all
    python test/oracle/gguf/make_models.py llama    # only these

Names are those of the package `gguf`; how tensors are rearranged is written out here, as in llama.cpp's conversion. A model that is not
among the fixtures of families brings its expected trace, computed by torch on the weights as stored in the GGUF file.
"""

import json
import sys
import tempfile
import zlib
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from transformers.utils import logging

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "families"))

from anatomies import ANATOMIES  # noqa: E402
from checkpoints import LLAMA3, TOKENS, Fixture, latent, random_model, rope, small, small_experts  # noqa: E402
from tracer import load_reference, trace  # noqa: E402

FAMILIES = HERE.parent / "families" / "fixtures"
OUT = HERE / "fixtures"

# Architecture in GGUF, and the fixture of a family that is written.
COPIES = {
    "bloom": ("bloom", "bloom"), "falcon-7b": ("falcon", "falcon-7b"), "falcon-grouped": ("falcon", "falcon-grouped"),
    "falcon-grouped-one-norm": ("falcon", "falcon-grouped-one-norm"), "gemma": ("gemma", "gemma"), "gpt-bigcode": ("starcoder", "gpt-bigcode"),
    "gpt-neox": ("gptneox", "gpt-neox-parallel"), "granite": ("granite", "granite"), "llama": ("llama", "llama"),
    "llama-biased": ("llama", "llama-biased"), "llama-linear": ("llama", "llama-linear"), "llama-llama3": ("llama", "llama-llama3"),
    "llama-yarn": ("llama", "llama-yarn"), "olmo": ("olmo", "olmo"), "olmo2": ("olmo2", "olmo2"), "phi2": ("phi2", "phi"), "phi3": ("phi3", "phi3"),
    "phi3-long": ("phi3", "phi3-long"), "qwen2": ("qwen2", "qwen2"), "qwen3": ("qwen3", "qwen3"), "stablelm": ("stablelm", "stablelm"),
    "stablelm-parallel": ("stablelm", "stablelm-parallel"), "cohere": ("command-r", "cohere"), "cohere2": ("cohere2", "cohere2"),
    "exaone": ("exaone", "llama-llama3"), "exaone4": ("exaone4", "exaone4"), "exaone4-whole": ("exaone4", "exaone4-whole"),
    "mixtral": ("llama", "mixtral"), "mpt": ("mpt", "mpt"), "olmoe": ("olmoe", "olmoe"), "qwen2-moe": ("qwen2moe", "qwen2-moe"),
    "qwen3-moe": ("qwen3moe", "qwen3-moe"), "starcoder2": ("starcoder2", "starcoder2"),
    "glm4moe": ("glm4moe", "glm4-moe"), "glm4moe-in-groups": ("glm4moe", "glm4-moe-published"), "deepseek2-glm": ("deepseek2", "glm4-moe-lite"),
}  # fmt: skip

# As llama.cpp keeps it: one weight for sines and scores.
LOGARITHM = rope("yarn", factor=4.0, original_max_position_embeddings=32, mscale=0.7, mscale_all_dim=0.7)
# Models of which no fixture says what GGUF can say: windows in every sixth layer, scores scaled by the width of a head.
OWN = {
    "deepseek2": ("deepseek2", Fixture("deepseek_v2", latent(q_lora_rank=None, rope_parameters=LOGARITHM, **small_experts(n_routed_experts=4)))),
    "deepseek2-whole": ("deepseek2", Fixture("deepseek_v2", latent(
        attention_bias=True, topk_method="group_limited_greedy", n_group=3, topk_group=2, **small_experts(n_routed_experts=9)))),
    "deepseek2-sigmoid": ("deepseek2", Fixture("deepseek_v3", latent(n_group=4, topk_group=2, rope_parameters=LOGARITHM, **small_experts()))),
    "deepseek2-blocks": ("deepseek2", Fixture("deepseek_v3", latent(kv_lora_rank=32, qk_nope_head_dim=32, n_group=1, topk_group=1, **small_experts()))),
    "gemma2": ("gemma2", Fixture("gemma2", small(head_dim=6, query_pre_attn_scalar=6, sliding_window=4, attn_logit_softcapping=2.0,
                                                 final_logit_softcapping=3.0, rope_parameters=rope()))),
    "gemma3": ("gemma3", Fixture("gemma3_text", small(
        head_dim=4, hidden_size=8, intermediate_size=12, num_attention_heads=2, num_key_value_heads=1, num_hidden_layers=7, sliding_window=4,
        query_pre_attn_scalar=4, layer_types=(["sliding_attention"] * 5 + ["full_attention"]) + ["sliding_attention"],
        rope_parameters={"full_attention": rope("linear", factor=2.0), "sliding_attention": rope(theta=10_000.0)}))),
    "gpt2": ("gpt2", Fixture("gpt2", dict(vocab_size=67, n_positions=32, n_embd=24, n_layer=2, n_head=3, n_inner=36))),
    "llama4": ("llama4", Fixture("llama4_text", small(
        hidden_size=16, intermediate_size=10, intermediate_size_mlp=20, num_hidden_layers=4, num_attention_heads=2, num_key_value_heads=1, head_dim=8,
        num_local_experts=4, num_experts_per_tok=1, interleave_moe_layer_step=2, rope_parameters=LLAMA3))),
    "llama4-of-128": ("llama4", Fixture("llama4_text", small(
        hidden_size=8, intermediate_size=4, intermediate_size_mlp=8, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2, head_dim=4,
        num_local_experts=128, num_experts_per_tok=1, use_qk_norm=False, rope_parameters=rope()))),
    "smollm3": ("smollm3", Fixture("smollm3", small(hidden_size=16, intermediate_size=20, num_hidden_layers=4, rope_parameters=rope()))),
}  # fmt: skip

# gpt-oss as it is published in GGUF, and in 16 bits with the windows in other blocks; what experts have, and other matrices.
GPT_OSS = {
    "gpt-oss": ("MXFP4", "Q8_0", None),
    "gpt-oss-half": ("F16", "F16", ["full_attention", "sliding_attention", "sliding_attention"]),
}

# Types of blocks that the matrices of a block have in turn.
QUANTISED = {
    "llama-blocks-of-32": (64, ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "IQ4_NL", "MXFP4"]),
    "llama-blocks-of-256": (256, ["Q4_K", "Q6_K", "Q5_K", "Q3_K", "Q2_K", "IQ4_XS"]),
}


def heads_in_pairs(weights: np.ndarray, heads: int) -> np.ndarray:
    """Of each head features i and i + half, one after the other."""
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def stacked(weights: np.ndarray, groups: int, queries: int, width: int) -> np.ndarray:
    """All queries, then all keys, then all values, from rows that are ordered group by group."""
    by_group = weights.reshape(groups, queries + 2, width, *weights.shape[1:])
    parts = by_group[:, :queries], by_group[:, queries], by_group[:, queries + 1]
    return np.concatenate([part.reshape(-1, *weights.shape[1:]) for part in parts])


def rearranged(arch: str, name: str, weights: np.ndarray, config) -> np.ndarray:
    """A tensor as llama.cpp's conversion stores it."""
    heads = config.num_attention_heads
    if arch in ("llama", "granite", "olmo", "smollm3") and (".attn_q." in name or ".attn_k." in name):
        return heads_in_pairs(weights, heads if ".attn_q." in name else config.num_key_value_heads)
    if arch.startswith("gemma") and name.endswith("norm.weight"):
        return weights + 1
    if name.endswith("ffn_gate_inp_shexp.weight"):
        return weights[0]
    if arch == "gpt2" and name.startswith("blk.") and weights.ndim == 2:
        return weights.T
    if ".attn_qkv." in name and arch in ("gptneox", "bloom", "falcon"):
        width = config.hidden_size // heads
        groups = heads if arch != "falcon" else (config.num_kv_heads if config.new_decoder_architecture else 1)
        return stacked(weights, groups, heads // groups, width)
    return weights


def describe(writer: gguf.GGUFWriter, arch: str, config) -> None:
    """The metadata, of which a key is left out where the model does not have what it says."""
    of = lambda *names: next((getattr(config, name) for name in names if getattr(config, name, None) is not None), None)
    d, heads = of("hidden_size"), of("num_attention_heads")
    writer.add_context_length(of("max_position_embeddings", "n_positions", "seq_length") or 2048)
    writer.add_embedding_length(d)
    writer.add_block_count(of("num_hidden_layers"))
    writer.add_feed_forward_length(of("intermediate_size_mlp", "intermediate_size", "n_inner", "ffn_hidden_size") or 4 * d)
    writer.add_head_count(heads)
    groups = of("num_key_value_heads", "num_kv_heads") or heads
    if arch == "falcon" and not config.new_decoder_architecture or arch == "starcoder":
        groups = 1
    writer.add_head_count_kv(groups)
    width = of("head_dim") or d // heads
    if arch == "deepseek2":
        describe_latent(writer, config)
        width = config.qk_rope_head_dim
    elif of("head_dim") is not None:
        writer.add_key_length(width)
        writer.add_value_length(width)
    rms, layer = of("rms_norm_eps"), of("layer_norm_eps", "layer_norm_epsilon")
    if rms is not None:
        writer.add_layer_norm_rms_eps(rms)
    else:
        writer.add_layer_norm_eps(layer or 1e-5)
    positions = of("rope_parameters")
    if arch == "gemma3":
        positions = positions["full_attention"]
    if positions and arch != "bloom":
        writer.add_rope_freq_base(positions["rope_theta"])
        writer.add_rope_dimension_count(int(width * positions.get("partial_rotary_factor", 1)))
        kind = positions["rope_type"]
        if kind in ("linear", "yarn"):
            writer.add_rope_scaling_type(gguf.RopeScalingType(kind))
            writer.add_rope_scaling_factor(positions["factor"])
        if positions.get("mscale_all_dim") is not None:
            writer.add_rope_scaling_yarn_log_mul(0.1 * positions["mscale_all_dim"])
        if kind in ("yarn", "longrope"):
            writer.add_rope_scaling_orig_ctx_len(of("original_max_position_embeddings") or positions["original_max_position_embeddings"])
        if kind == "longrope":
            original = config.original_max_position_embeddings
            stretch = config.max_position_embeddings / original
            writer.add_rope_scaling_attn_factors(float(np.sqrt(1 + np.log(stretch) / np.log(original))))
            for side in ("long", "short"):
                writer.add_tensor(f"rope_factors_{side}.weight", np.array(positions[f"{side}_factor"], dtype=np.float32))
        if kind == "llama3":
            writer.add_tensor("rope_freqs.weight", llama3_factors(positions, width))
    window = of("sliding_window")
    if window and (arch in ("gemma2", "gemma3", "phi3", "cohere2", "exaone4", "starcoder2") or config.model_type == "mixtral"):
        writer.add_sliding_window(window)
        if arch in ("cohere2", "exaone4"):
            writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config.layer_types])
    if arch in ("command-r", "cohere2"):
        writer.add_logit_scale(config.logit_scale)
    if arch == "mpt":
        writer.add_max_alibi_bias(config.attn_config.alibi_bias_max)
    if of("num_experts_per_tok") is not None:
        describe_experts(writer, config)
    if arch == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    if arch == "granite":
        writer.add_attention_scale(config.attention_multiplier)
        writer.add_embedding_scale(config.embedding_multiplier)
        writer.add_residual_scale(config.residual_multiplier)
        writer.add_logit_scale(config.logits_scaling)
    if arch == "olmo" and config.clip_qkv is not None:
        writer.add_clamp_kqv(config.clip_qkv)
    if arch == "gpt-oss":
        writer.add_expert_feed_forward_length(config.intermediate_size)
        writer.add_sliding_window(config.sliding_window)
        if config.layer_types != ["sliding_attention", "full_attention", "sliding_attention"]:
            writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config.layer_types])
    if arch == "llama4":
        writer.add_expert_feed_forward_length(config.intermediate_size)
        writer.add_interleave_moe_layer_step(config.interleave_moe_layer_step)
    if arch in ("gptneox", "stablelm"):
        writer.add_parallel_residual(config.use_parallel_residual)


def describe_latent(writer: gguf.GGUFWriter, config) -> None:
    """Of the bottleneck, which heads share in llama.cpp, and of what heads make of it."""
    if config.q_lora_rank is not None:
        writer.add_q_lora_rank(config.q_lora_rank)
    writer.add_kv_lora_rank(config.kv_lora_rank)
    own = config.qk_nope_head_dim + config.qk_rope_head_dim
    if is_whole(config):
        writer.add_key_length(own)
        writer.add_value_length(config.v_head_dim)
        return
    writer.add_key_length(config.kv_lora_rank + config.qk_rope_head_dim)
    writer.add_value_length(config.kv_lora_rank)
    writer.add_key_length_mla(own)
    writer.add_value_length_mla(config.v_head_dim)


def is_whole(config) -> bool:
    """Whether the file is as those of before May 2025. Of the models here, the one with biases."""
    return bool(config.attention_bias)


def describe_experts(writer: gguf.GGUFWriter, config) -> None:
    if getattr(config, "n_routed_experts", None) is not None:
        sigmoid = config.model_type != "deepseek_v2"
        writer.add_expert_count(config.n_routed_experts)
        writer.add_expert_shared_count(config.n_shared_experts)
        dense = config.mlp_layer_types.count("dense") if getattr(config, "mlp_layer_types", None) else config.first_k_dense_replace
        writer.add_leading_dense_block_count(dense)
        writer.add_expert_weights_scale(config.routed_scaling_factor)
        writer.add_expert_weights_norm(sigmoid and config.norm_topk_prob)
        if config.n_group is not None:
            writer.add_expert_group_count(config.n_group)
            writer.add_expert_group_used_count(config.topk_group)
        if sigmoid:
            writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
    else:
        writer.add_expert_count(getattr(config, "num_local_experts", None) or config.num_experts)
    writer.add_expert_used_count(config.num_experts_per_tok)
    if getattr(config, "moe_intermediate_size", None) is not None:
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)
    if getattr(config, "shared_expert_intermediate_size", None) is not None:
        writer.add_expert_shared_feed_forward_length(config.shared_expert_intermediate_size)


def llama3_factors(positions: dict, width: int) -> np.ndarray:
    """What each pair's frequency is divided by."""
    frequencies = 1 / positions["rope_theta"] ** (np.arange(0, width, 2) / width)
    wavelengths = 2 * np.pi / frequencies
    original, low, high = (positions[key] for key in ("original_max_position_embeddings", "low_freq_factor", "high_freq_factor"))
    smooth = (original / wavelengths - low) / (high - low)
    between = 1 / ((1 - smooth) / positions["factor"] + smooth)
    factors = np.where(wavelengths < original / high, 1, np.where(wavelengths > original / low, positions["factor"], between))
    return factors.astype(np.float32)


def tensors_of(model, arch: str):
    """Every tensor by its name in GGUF, rearranged, F32."""
    config = model.config
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[next(k.name for k, v in gguf.MODEL_ARCH_NAMES.items() if v == arch)], config.num_hidden_layers)
    state = dict(model.state_dict())
    if config.tie_word_embeddings:
        state.pop("lm_head.weight", None), state.pop("embed_out.weight", None)
    head_norms: dict[str, list[np.ndarray]] = {}
    for name, value in state.items():
        weights = value.float().numpy()
        if ".experts." in name:
            yield from of_all_experts(name, weights.swapaxes(1, 2) if arch == "llama4" else weights)
            continue
        if name.endswith("kv_b_proj.weight") and not is_whole(config):
            yield from by_heads(name, weights, config)
            continue
        name = name.replace("e_score_correction_bias", "e_score_correction.bias")
        if ".norms." in name:
            # One tensor for the norms of all heads, whose number in the name is not that of the block.
            head_norms.setdefault(name.split(".norms.")[0] + ".weight", []).append(weights)
            continue
        yield found(names, name), rearranged(arch, found(names, name), weights, config)
    for name, weights in head_norms.items():
        yield found(names, name), np.stack(weights)


def by_heads(name: str, weights: np.ndarray, config):
    """What makes keys, transposed, and what makes values, each [heads, …]: as the conversion splits them since May 2025."""
    block = name.split(".layers.")[1].split(".")[0]
    keys, values = np.split(weights.reshape(config.num_attention_heads, -1, config.kv_lora_rank), [config.qk_nope_head_dim], axis=1)
    yield f"blk.{block}.attn_k_b.weight", keys.swapaxes(1, 2)
    yield f"blk.{block}.attn_v_b.weight", values


def in_blocks_by_heads(model):
    """The tensors of a model whose keys and values are made by matrices in blocks of Q8_0; the model gets what these stand for."""
    kind, config, dequantised = gguf.GGMLQuantizationType.Q8_0, model.config, {}
    for name, weights in tensors_of(model, "deepseek2"):
        if not name.endswith(("attn_k_b.weight", "attn_v_b.weight")):
            yield name, weights, None
            continue
        blocks = gguf.quants.quantize(np.ascontiguousarray(weights), kind)
        dequantised[name] = gguf.quants.dequantize(blocks, kind)
        yield name, blocks, kind
    for layer, block in enumerate(model.model.layers):
        keys, values = (dequantised[f"blk.{layer}.attn_{part}_b.weight"] for part in "kv")
        both = np.concatenate([keys.swapaxes(1, 2), values], axis=1).reshape(-1, config.kv_lora_rank)
        with torch.no_grad():
            block.self_attn.kv_b_proj.weight.copy_(torch.from_numpy(both))


def gpt_oss(name: str, layer_types: list[str] | None):
    """A model whose gates exceed their bound here and there, since its files cannot say another."""
    positions = rope("yarn", factor=4.0, original_max_position_embeddings=32, truncate=False)
    config = small(
        hidden_size=32, intermediate_size=32, num_hidden_layers=3, head_dim=8, num_local_experts=4, num_experts_per_tok=2, sliding_window=4,
        rope_parameters=positions, **({} if layer_types is None else {"layer_types": layer_types}),
    )  # fmt: skip
    return random_model(zlib.crc32(name.encode()), Fixture("gpt_oss", config, scale=0.6))


def of_gpt_oss(model, experts: str, others: str):
    """Its tensors as llama.cpp stores them, in these types; the model gets what they stand for."""
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GPT_OSS, model.config.num_hidden_layers)
    for parameter_name, parameter in model.named_parameters():
        for name, view in as_llama_has_them(parameter_name, parameter.data):
            key, weights = found(names, name), np.ascontiguousarray(view.numpy())
            is_plain = not name.endswith(".weight") or view.ndim < 2 or ".router." in name
            kind = gguf.GGMLQuantizationType["F32" if is_plain else experts if ".experts." in name else others]
            stored = gguf.quants.quantize(weights, kind)
            view.copy_(torch.from_numpy(gguf.quants.dequantize(stored, kind)))
            yield key, stored, None if kind.name.startswith("F") else kind


def as_llama_has_them(name: str, weights: torch.Tensor):
    """Windows on a tensor: gate and linear half of experts apart, and as [outputs, inputs]."""
    if name.endswith(".sinks"):
        yield f"{name}.weight", weights
        return
    if ".experts." not in name:
        yield name, weights
        return
    kind = "bias" if name.endswith("_bias") else "weight"
    module, layer = name.removesuffix("_bias").rsplit(".", 1)
    halves = {"gate_proj": weights[..., ::2], "up_proj": weights[..., 1::2]} if layer == "gate_up_proj" else {layer: weights}
    for part, view in halves.items():
        yield f"{module}.{part}.{kind}", view if kind == "bias" else view.transpose(1, 2)


def of_all_experts(name: str, weights: np.ndarray):
    """The matrices of all experts of a block, which transformers has in two tensors and GGUF in three."""
    block = name.split(".layers.")[1].split(".")[0]
    if name.endswith("down_proj"):
        yield f"blk.{block}.ffn_down_exps.weight", weights
        return
    gate, up = np.split(weights, 2, axis=1)
    yield f"blk.{block}.ffn_gate_exps.weight", gate
    yield f"blk.{block}.ffn_up_exps.weight", up


def found(names, name: str) -> str:
    known = lambda candidate: names.get_name(candidate, try_suffixes=(".weight", ".bias"))
    key = known(name) or known(name.removeprefix("transformer."))
    assert key is not None, f"no name in GGUF for {name}"
    return key


def write(file: Path, arch: str, config, tensors, most_tensors: int = 0) -> None:
    writer = gguf.GGUFWriter(file, arch, split_max_tensors=most_tensors)
    describe(writer, arch, config)
    for name, weights, kind in tensors:
        writer.add_tensor(name, np.ascontiguousarray(weights), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def expect(folder: Path, model) -> None:
    """The trace of the model whose weights are those of the GGUF file."""
    anatomy = ANATOMIES[model.config.model_type](model.config)
    with tempfile.TemporaryDirectory() as checkpoint:
        model.save_pretrained(checkpoint)
        seen = trace(load_reference(Path(checkpoint)), anatomy, list(TOKENS))
    kept = {key: value.float().contiguous() for key, value in seen.items() if ".normed_" not in key and ".latent_" not in key and key != "uncapped"}
    save_file(kept, folder / "expected.safetensors")


def make(name: str) -> None:
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    question: dict = {"tokens": list(TOKENS)}
    if name in COPIES:
        arch, family = COPIES[name]
        model = load_reference(FAMILIES / family / "model")
        question = {"of": family, "tokens": json.loads((FAMILIES / family / "fixture.json").read_text())["tokens"]}
    elif name in OWN:
        arch, fixture = OWN[name]
        model = random_model(zlib.crc32(name.encode()), fixture)
        if name == "deepseek2-blocks":
            write(folder / "model.gguf", arch, model.config, list(in_blocks_by_heads(model)))
        expect(folder, model)
    elif name in GPT_OSS:
        *kinds, layer_types = GPT_OSS[name]
        model = gpt_oss(name, layer_types)
        write(folder / "model.gguf", "gpt-oss", model.config, list(of_gpt_oss(model, *kinds)))
        expect(folder, model)
    else:
        arch, model = "llama", quantised(folder, *QUANTISED[name])
    if name in COPIES or name in OWN and name != "deepseek2-blocks":
        write(folder / "model.gguf", arch, model.config, ((key, weights, None) for key, weights in tensors_of(model, arch)))
    (folder / "fixture.json").write_text(json.dumps(question) + "\n")
    print(name, sum(file.stat().st_size for file in folder.iterdir()), flush=True)


def make_parts() -> None:
    """One model in a file, and the same in two."""
    folder = OUT / "llama-in-parts"
    (folder / "whole").mkdir(parents=True, exist_ok=True)
    fixture = Fixture("llama", small(vocab_size=16, hidden_size=8, intermediate_size=8, num_hidden_layers=1, rope_parameters=rope()))
    model = random_model(0, fixture)
    for file, most in ((folder / "whole" / "model.gguf", 0), (folder / "model.gguf", 7)):
        write(file, "llama", model.config, ((key, weights, None) for key, weights in tensors_of(model, "llama")), most)


def quantised(folder: Path, width: int, kinds: list[str]):
    """A Llama whose matrices are in blocks; torch is given what gguf.quants.dequantize makes of them."""
    config = small(hidden_size=width, intermediate_size=width, num_hidden_layers=2 if width < 256 else 1, rope_parameters=rope())
    model = random_model(zlib.crc32(folder.name.encode()), Fixture("llama", config, scale=1 / width**0.5))
    random = np.random.default_rng(0)
    types = [gguf.GGMLQuantizationType[kind] for kind in kinds]
    written, values, count = [], {}, 0
    for name, weights in tensors_of(model, "llama"):
        if weights.ndim < 2:
            written.append((name, weights, None))
            continue
        kind = types[count % len(types)]
        count += 1
        blocks = in_blocks(weights, kind, random)
        written.append((name, blocks, kind))
        values[name] = gguf.quants.dequantize(blocks, kind)
    write(folder / "model.gguf", "llama", model.config, written)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, model.config.num_hidden_layers)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            key = found(names, name)
            if key in values:
                parameter.copy_(torch.from_numpy(back(key, values[key], model.config)))
    expect(folder, model)
    return model


def back(name: str, weights: np.ndarray, config) -> np.ndarray:
    """The rows of queries and keys in the order that transformers has."""
    if ".attn_q." not in name and ".attn_k." not in name:
        return weights
    heads = config.num_attention_heads if ".attn_q." in name else config.num_key_value_heads
    return weights.reshape(heads, -1, 2, weights.shape[1]).swapaxes(1, 2).reshape(weights.shape)


def in_blocks(weights: np.ndarray, kind, random) -> np.ndarray:
    """Quantised where the package can do so, else random blocks with numbers of the same size."""
    from make_blocks import SCALES

    if kind.name not in SCALES:
        return gguf.quants.quantize(weights, kind)
    numbers, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (weights.size // numbers, size), dtype=np.uint8)

    def scaled(scale: float) -> np.ndarray:
        for at in SCALES[kind.name]:
            blocks[:, at : at + 2] = np.full(len(blocks), scale, dtype="<f2").view(np.uint8).reshape(-1, 2)
        return blocks.reshape(weights.shape[0], -1)

    spread = gguf.quants.dequantize(scaled(1e-2), kind).std()
    return scaled(1e-2 * weights.std() / spread)


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for name in sys.argv[1:] or (*COPIES, *OWN, *GPT_OSS, *QUANTISED, "llama-in-parts"):
        make_parts() if name == "llama-in-parts" else make(name)
