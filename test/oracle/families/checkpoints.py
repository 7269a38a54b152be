"""The tiny checkpoints: each a model class with every switch that its family's arithmetic knows, in one fixture or another."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

TOKENS = (3, 14, 15, 9, 26, 53, 58, 9, 7, 9, 32, 38)


@dataclass(frozen=True)
class Fixture:
    model_type: str
    config: dict[str, Any]
    tokens: tuple[int, ...] = TOKENS
    # how the model is written to disk; None: `save_pretrained`
    save: Callable[[PreTrainedModel, Path], None] | None = None
    # config.json as it was published before `transformers` 5, from the one that is written now
    published: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    scale: float = 0.25


def random_model(seed: int, fixture: Fixture) -> PreTrainedModel:
    """Weights large enough that attention is uneven, biases matter and logits differ."""
    common = dict(bos_token_id=None, eos_token_id=None, pad_token_id=None)
    config = AutoConfig.for_model(fixture.model_type, **{**common, **fixture.config})
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    # The default implementation of experts wants sizes that are multiples of 16 bytes.
    model.config._experts_implementation = "eager"
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn_like(parameter)
            # Biases start at 0, and the gains of norms at whatever means 1.
            parameter.copy_(noise * fixture.scale if parameter.ndim > 1 else parameter + noise * 0.2)
        for name, buffer in model.named_buffers():
            if name.endswith("e_score_correction_bias"):
                buffer.copy_(torch.randn_like(buffer) * 0.2)
    return model


def small(**changes: Any) -> dict[str, Any]:
    """Sizes of a small model in Llama's vocabulary."""
    return dict(
        vocab_size=67, hidden_size=24, intermediate_size=36, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=32,
    ) | changes  # fmt: skip


def rope(rope_type: str = "default", theta: float = 100.0, **more: Any) -> dict[str, Any]:
    """A small base, so that few positions turn even slow frequencies visibly."""
    return {"rope_type": rope_type, "rope_theta": theta, **more}


def without(config: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name not in names}


def published(*dropped: str, old_type: bool = False, **values: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Back to the words of published checkpoints: `rope_theta`, `rope_scaling`, `torch_dtype`; other fields dropped or set."""

    def rewrite(config: dict[str, Any]) -> dict[str, Any]:
        config = without(config, "dtype", "transformers_version", *dropped) | {"torch_dtype": config["dtype"]}
        scaling = config.pop("rope_parameters", None)
        if scaling is not None:
            config["rope_theta"] = scaling.pop("rope_theta")
            if "partial_rotary_factor" in scaling:
                config["partial_rotary_factor"] = scaling.pop("partial_rotary_factor")
            rope_type = scaling.pop("rope_type")
            config["rope_scaling"] = None if rope_type == "default" else {"type" if old_type else "rope_type": rope_type} | scaling
        return config | values

    return rewrite


def published_gpt_neox(config: dict[str, Any]) -> dict[str, Any]:
    config = published("attention_bias")(config)
    theta, share = config.pop("rope_theta"), config.pop("partial_rotary_factor")
    return without(config, "rope_scaling") | {"rotary_emb_base": theta, "rotary_pct": share}


def published_gemma3(config: dict[str, Any]) -> dict[str, Any]:
    rotations = config["rope_parameters"]
    config = published("layer_types", "_sliding_window_pattern", "use_bidirectional_attention")(without(config, "rope_parameters"))
    return config | {
        "rope_theta": rotations["full_attention"]["rope_theta"],
        "rope_local_base_freq": rotations["sliding_attention"]["rope_theta"],
        "rope_scaling": None,
        "sliding_window_pattern": 3,
    }


def published_olmo3(config: dict[str, Any]) -> dict[str, Any]:
    rotations = config["rope_parameters"]
    config = published()(without(config, "rope_parameters"))
    scaling = without(rotations["full_attention"], "rope_theta")
    return config | {"rope_theta": rotations["full_attention"]["rope_theta"], "rope_scaling": scaling}


def growing(every: int) -> dict[str, Any]:
    """The rotation of Ministral 3, whose queries grow after so many positions."""
    return rope("yarn", factor=4.0, original_max_position_embeddings=every, mscale=1.0, mscale_all_dim=1.0, llama_4_scaling_beta=0.5)


def as_float16(model: PreTrainedModel, folder: Path) -> None:
    model.half().save_pretrained(folder)


def as_bfloat16(model: PreTrainedModel, folder: Path) -> None:
    """Weights alone: frequencies of rotations, which are no parameters, stay what they are."""
    for parameter in model.parameters():
        parameter.data = parameter.data.bfloat16()
    model.save_pretrained(folder)
    for parameter in model.parameters():
        parameter.data = parameter.data.float()


def as_bfloat16_shards(model: PreTrainedModel, folder: Path) -> None:
    model.bfloat16().save_pretrained(folder, max_shard_size="8KB")


def with_stacked_experts(model: PreTrainedModel, folder: Path) -> None:
    """As the model holds them: all experts of a block in two tensors, instead of three for each."""
    model.save_pretrained(folder, save_original_format=False)


def without_prefix(model: PreTrainedModel, folder: Path) -> None:
    """As BLOOM is published: the model below its head, whose tensors have no `transformer.` before their names."""
    model.config.save_pretrained(folder)
    model.transformer.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["BloomForCausalLM"]}, indent=2))


def gpt2_like(**changes: Any) -> dict[str, Any]:
    """Sizes of a small model in GPT-2's vocabulary."""
    return dict(vocab_size=67, n_positions=32, n_embd=24, n_layer=2, n_head=3) | changes


def multi_head(**changes: Any) -> dict[str, Any]:
    """A small model without the word for grouped keys."""
    return without(small(**changes), "num_key_value_heads")


def falcon(**changes: Any) -> dict[str, Any]:
    return without(multi_head(**changes), "intermediate_size")


def tiny(**changes: Any) -> dict[str, Any]:
    """The same, smaller: for families that add nothing to what others have."""
    return small(hidden_size=16, intermediate_size=20, num_attention_heads=2, num_key_value_heads=1) | changes


def latent(**changes: Any) -> dict[str, Any]:
    """Latent attention in a small shape: no two of its widths are the same."""
    return tiny(
        num_key_value_heads=2, q_lora_rank=10, kv_lora_rank=8, qk_nope_head_dim=6, qk_rope_head_dim=4, v_head_dim=7, rope_parameters=rope(),
    ) | changes  # fmt: skip


def small_experts(**changes: Any) -> dict[str, Any]:
    """The mixtures of DeepSeek and those after it, behind a dense block."""
    return dict(
        n_routed_experts=8, num_experts_per_tok=3, n_shared_experts=2, moe_intermediate_size=10, first_k_dense_replace=1,
        routed_scaling_factor=1.7,
    ) | changes  # fmt: skip


LLAMA3 = rope("llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)
YARN = rope("yarn", factor=4.0, original_max_position_embeddings=32)
# Its two weights differ, so that both sines and scores are scaled.
DEEPSEEK_YARN = rope("yarn", factor=4.0, original_max_position_embeddings=32, mscale=1.4, mscale_all_dim=0.7)
SECOND_FULL = ["sliding_attention", "full_attention", "sliding_attention"]
LONG = [1.1, 1.6, 2.4]
SHORT = [1.0, 1.1, 1.3]
MULTIPLIERS = dict(embedding_multiplier=3.0, attention_multiplier=0.6, residual_multiplier=0.4, logits_scaling=2.5)

FIXTURES: dict[str, Fixture] = {
    "apertus": Fixture("apertus", tiny(head_dim=6, attention_bias=True, rope_parameters=LLAMA3)),
    "apertus-published": Fixture(
        "apertus", tiny(rope_parameters=LLAMA3), published=published(qk_norm=True, post_norm=False, mlp_bias=False),
    ),
    "arcee": Fixture("arcee", tiny(attention_bias=True, mlp_bias=True, rope_parameters=rope()), published=published()),
    "biogpt": Fixture("biogpt", without(tiny(tie_word_embeddings=False), "num_key_value_heads")),
    "bloom": Fixture("bloom", dict(vocab_size=67, hidden_size=24, n_layer=2, n_head=6)),
    "bloom-published": Fixture(
        "bloom", dict(vocab_size=67, hidden_size=16, n_layer=2, n_head=4, layer_norm_epsilon=1e-2), save=without_prefix,
        published=published("hidden_size", "n_head", n_embed=16, num_attention_heads=4),
    ),
    "codegen": Fixture("codegen", gpt2_like(n_embd=16, n_head=4, rotary_dim=2, n_inner=20)),
    "cohere": Fixture(
        "cohere", tiny(num_attention_heads=4, num_key_value_heads=2, use_qk_norm=True, attention_bias=True, logit_scale=0.4,
                       rope_parameters=rope()),
    ),
    "cohere-published": Fixture(
        "cohere", tiny(logit_scale=0.8, rope_parameters=rope()), published=published("use_qk_norm", model_max_length=131072),
    ),
    "cohere2": Fixture(
        "cohere2", tiny(logit_scale=0.5, sliding_window=4, layer_types=["full_attention", "sliding_attention"], rope_parameters=rope()),
    ),
    "cohere2-published": Fixture(
        "cohere2", tiny(num_hidden_layers=3, logit_scale=0.5, sliding_window=3, layer_types=SECOND_FULL, rope_parameters=rope()),
        published=published("layer_types", sliding_window_pattern=2, use_qk_norm=False, use_parallel_block=True,
                            use_gated_activation=True, rotary_pct=1.0),
    ),
    "cwm": Fixture(
        "cwm", tiny(bos_token_id=0, head_dim=6, sliding_window=4, layer_types=["full_attention", "sliding_attention"], rope_parameters=LLAMA3),
        published=published("layer_types"),
    ),
    "ernie4-5": Fixture("ernie4_5", tiny(head_dim=10, use_bias=True, tie_word_embeddings=False, rope_parameters=rope())),
    "ernie4-5-published": Fixture("ernie4_5", tiny(head_dim=6, rope_parameters=rope()), published=published()),
    "exaone4": Fixture(
        "exaone4", tiny(sliding_window=4, sliding_window_pattern=2, layer_types=["sliding_attention", "full_attention"],
                        rope_parameters=rope()),
        published=published("layer_types"),
    ),
    "exaone4-whole": Fixture(
        "exaone4", tiny(sliding_window=None, sliding_window_pattern=None, layer_types=["full_attention"] * 2, tie_word_embeddings=True,
                        rope_parameters=LLAMA3),
        published=published(),
    ),
    "falcon-7b": Fixture("falcon", falcon(num_attention_heads=3, ffn_hidden_size=36, rope_parameters=rope())),
    "falcon-grouped": Fixture(
        "falcon", falcon(new_decoder_architecture=True, num_kv_heads=2, ffn_hidden_size=36, rope_parameters=rope()),
        published=published("num_ln_in_parallel_attn"),
    ),
    "falcon-grouped-one-norm": Fixture(
        "falcon", falcon(new_decoder_architecture=True, num_kv_heads=2, num_ln_in_parallel_attn=1, ffn_hidden_size=36,
                             tie_word_embeddings=False, rope_parameters=rope()),
    ),
    "falcon-rw": Fixture(
        "falcon", falcon(alibi=True, multi_query=False, parallel_attn=False, bias=True, num_attention_heads=6, hidden_size=24),
    ),
    "gemma": Fixture("gemma", small(head_dim=10, rope_parameters=rope())),
    "gemma-published": Fixture(
        "gemma", small(head_dim=8, num_key_value_heads=1, rms_norm_eps=1e-2, rope_parameters=rope()),
        published=published("use_bidirectional_attention", hidden_act="gelu"),
    ),
    "gemma2": Fixture(
        "gemma2", small(head_dim=10, query_pre_attn_scalar=7, sliding_window=4, attn_logit_softcapping=2.0,
                        final_logit_softcapping=3.0, rope_parameters=rope()),
    ),
    "gemma2-published": Fixture(
        "gemma2", small(head_dim=6, query_pre_attn_scalar=6, sliding_window=3, attn_logit_softcapping=None,
                        final_logit_softcapping=None, rope_parameters=rope()),
        published=published("layer_types", "use_bidirectional_attention", hidden_act="gelu_pytorch_tanh"),
    ),
    "gemma3": Fixture(
        "gemma3_text",
        small(head_dim=8, hidden_size=16, query_pre_attn_scalar=5, sliding_window=4, num_hidden_layers=2,
              layer_types=["sliding_attention", "full_attention"], final_logit_softcapping=4.0,
              rope_parameters={"full_attention": rope("linear", factor=2.0), "sliding_attention": rope(theta=30.0)}),
    ),
    "gemma3-published": Fixture(
        "gemma3_text",
        small(head_dim=6, hidden_size=16, intermediate_size=20, num_hidden_layers=3, query_pre_attn_scalar=6, sliding_window=4,
              layer_types=["sliding_attention", "sliding_attention", "full_attention"],
              rope_parameters={"full_attention": rope(), "sliding_attention": rope(theta=30.0)}),
        published=published_gemma3,
    ),
    "glm": Fixture("glm", tiny(head_dim=8, rope_parameters=rope(partial_rotary_factor=0.5))),
    "glm-published": Fixture(
        "glm", tiny(head_dim=12, attention_bias=False, tie_word_embeddings=True, rope_parameters=rope(partial_rotary_factor=0.5)),
        published=published(),
    ),
    "glm4": Fixture("glm4", tiny(head_dim=8, rope_parameters=rope(partial_rotary_factor=0.5)), published=published()),
    "gpt-bigcode": Fixture("gpt_bigcode", gpt2_like(n_inner=36)),
    "gpt-bigcode-multi-head": Fixture(
        "gpt_bigcode", gpt2_like(multi_query=False, scale_attn_weights=False, activation_function="gelu", tie_word_embeddings=False),
        scale=0.18,
    ),
    "gpt-neo": Fixture(
        "gpt_neo", dict(vocab_size=67, max_position_embeddings=32, hidden_size=24, num_layers=2, num_heads=3, window_size=4,
                        attention_types=[[["global", "local"], 1]], intermediate_size=36),
        scale=0.18,
    ),
    "gpt-neox-parallel": Fixture("gpt_neox", multi_head(rope_parameters=rope(partial_rotary_factor=0.5), num_attention_heads=3)),
    "gpt-neox-sequential": Fixture(
        "gpt_neox", multi_head(use_parallel_residual=False, hidden_act="gelu_new", tie_word_embeddings=True,
                               rope_parameters=rope(partial_rotary_factor=0.25), num_attention_heads=3),
        published=published_gpt_neox,
    ),
    "gpt-neox-japanese": Fixture(
        "gpt_neox_japanese", without(tiny(), "num_key_value_heads", "intermediate_size") | dict(
            intermediate_multiple_size=2, tie_word_embeddings=False, rope_parameters=rope(partial_rotary_factor=0.5)),
        published=published_gpt_neox,
    ),
    "gpt-oss": Fixture(
        "gpt_oss", tiny(intermediate_size=12, head_dim=8, num_local_experts=4, num_experts_per_tok=2, sliding_window=4, swiglu_limit=1.0,
                        rope_parameters=YARN | {"rope_theta": 100.0, "truncate": False}),
        scale=0.4,
    ),
    "gpt-oss-published": Fixture(
        "gpt_oss", tiny(intermediate_size=12, head_dim=6, num_attention_heads=4, num_key_value_heads=2, num_local_experts=4,
                        num_experts_per_tok=3, sliding_window=5, attention_bias=False, tie_word_embeddings=True,
                        rope_parameters=rope("yarn", factor=2.0, original_max_position_embeddings=16, beta_fast=32.0, beta_slow=1.0,
                                             truncate=False)),
        save=as_bfloat16,
        published=published("layer_types", "swiglu_alpha", swiglu_limit=7.0, experts_per_token=3, initial_context_length=16),
    ),
    "gptj": Fixture("gptj", gpt2_like(rotary_dim=4, n_inner=36)),
    "granite": Fixture("granite", small(rope_parameters=rope(), **MULTIPLIERS)),
    "granite-biased": Fixture(
        "granite", small(attention_bias=True, mlp_bias=True, tie_word_embeddings=True, rope_parameters=rope(), **MULTIPLIERS),
        published=published(),
    ),
    "granitemoe": Fixture("granitemoe", tiny(num_local_experts=6, num_experts_per_tok=3, rope_parameters=rope(), **MULTIPLIERS)),
    "granitemoe-stacked": Fixture(
        "granitemoe", tiny(num_local_experts=4, num_experts_per_tok=3, attention_bias=True, tie_word_embeddings=True, rope_parameters=rope(),
                           **MULTIPLIERS),
        save=with_stacked_experts, published=published(),
    ),
    "granitemoeshared": Fixture(
        "granitemoeshared", tiny(num_local_experts=4, num_experts_per_tok=2, shared_intermediate_size=12, rope_parameters=rope(),
                                 **MULTIPLIERS),
    ),
    "granitemoeshared-without": Fixture(
        "granitemoeshared", tiny(num_local_experts=4, num_experts_per_tok=2, shared_intermediate_size=0, rope_parameters=rope(),
                                 **MULTIPLIERS),
    ),
    "helium": Fixture(
        "helium", tiny(head_dim=8, attention_bias=True, mlp_bias=True, rope_parameters=rope()), published=published(),
    ),
    "hunyuan-dense": Fixture(
        "hunyuan_v1_dense", tiny(head_dim=10, num_attention_heads=4, num_key_value_heads=2, rope_parameters=rope()),
    ),
    "hunyuan-dense-published": Fixture(
        "hunyuan_v1_dense", tiny(head_dim=6, attention_bias=True, tie_word_embeddings=True,
                                 rope_parameters=rope("dynamic", alpha=50.0, factor=1.0)),
        published=published(old_type=True, use_qk_norm=True),
    ),
    "hyperclovax": Fixture(
        "hyperclovax", tiny(head_dim=8, attention_bias=True, mlp_bias=True, rope_parameters=rope(), **MULTIPLIERS),
    ),
    "hyperclovax-published": Fixture(
        "hyperclovax", tiny(use_post_norm=False, tie_word_embeddings=True, rope_parameters=rope(), **MULTIPLIERS | {"attention_multiplier": None}),
        published=published("head_dim", "attention_multiplier"),
    ),
    "internlm3": Fixture(
        "internlm3", tiny(head_dim=6, attention_bias=True, mlp_bias=True, rope_parameters=rope()),
        published=published("attention_bias", "mlp_bias", qkv_bias=True, bias=True, architectures=["InternLM3ForCausalLM"]),
    ),
    "iquestcoder": Fixture("iquestcoder", tiny(head_dim=6, tie_word_embeddings=True, rope_parameters=rope())),
    "jais2": Fixture("jais2", tiny(rope_parameters=rope())),
    "llama": Fixture("llama", small(rope_parameters=rope())),
    "llama-biased": Fixture(
        "llama", small(attention_bias=True, mlp_bias=True, tie_word_embeddings=True, head_dim=10, rms_norm_eps=1e-2,
                       rope_parameters=rope()),
    ),
    "llama-published": Fixture(
        "llama", small(num_key_value_heads=4, rope_parameters=rope()),
        published=published("num_key_value_heads", "head_dim", "attention_bias", "mlp_bias"),
    ),
    "llama-float16": Fixture("llama", small(rope_parameters=rope()), save=as_float16),
    "llama-linear": Fixture(
        "llama", small(rope_parameters=rope("linear", factor=2.5)), published=published("head_dim", old_type=True),
    ),
    # Longer than the length that it was trained on, where the stretching begins.
    "llama-dynamic": Fixture("llama", small(max_position_embeddings=8, rope_parameters=rope("dynamic", factor=2.0))),
    "llama-llama3": Fixture("llama", small(head_dim=8, max_position_embeddings=128, rope_parameters=LLAMA3), published=published()),
    "llama-yarn": Fixture(
        "llama", small(head_dim=8, max_position_embeddings=128,
                       rope_parameters=rope("yarn", factor=4.0, original_max_position_embeddings=32)),
        published=published(old_type=True),
    ),
    "llama-yarn-tuned": Fixture(
        "llama", small(head_dim=8, max_position_embeddings=128,
                       rope_parameters=rope("yarn", factor=4.0, original_max_position_embeddings=32, beta_fast=3.0, beta_slow=0.5,
                                            attention_factor=1.3, truncate=False)),
    ),
    "ministral": Fixture(
        "ministral", tiny(head_dim=6, sliding_window=4, layer_types=["full_attention", "sliding_attention"], rope_parameters=rope()),
        published=published(),
    ),
    # Queries of a prompt of twelve tokens grow three times.
    "ministral3": Fixture("ministral3", tiny(head_dim=10, max_position_embeddings=64, rope_parameters=growing(3))),
    "ministral3-windows": Fixture(
        "ministral3", tiny(head_dim=6, max_position_embeddings=64, sliding_window=4, tie_word_embeddings=True,
                           rope_parameters=growing(8)),
    ),
    "mistral": Fixture("mistral", small(sliding_window=4, head_dim=10, rope_parameters=rope())),
    "mistral-published": Fixture(
        "mistral", small(sliding_window=None, rope_parameters=rope()), published=published("head_dim", "rope_scaling"),
    ),
    "mixtral": Fixture(
        "mixtral", tiny(num_local_experts=5, num_experts_per_tok=2, num_key_value_heads=1, sliding_window=4, rope_parameters=rope()),
    ),
    "mixtral-stacked": Fixture(
        "mixtral", tiny(num_local_experts=4, num_experts_per_tok=3, num_key_value_heads=1, rope_parameters=rope()),
        save=with_stacked_experts, published=published("head_dim"),
    ),
    "mpt": Fixture("mpt", dict(vocab_size=67, d_model=18, n_layers=2, n_heads=3, max_seq_len=32)),
    "mpt-clipped": Fixture(
        "mpt", dict(vocab_size=67, d_model=16, n_layers=2, n_heads=2, max_seq_len=32, tie_word_embeddings=False,
                    attn_config=dict(clip_qkv=1.2, softmax_scale=0.5)),
    ),
    "nanochat": Fixture(
        "nanochat", tiny(num_attention_heads=4, num_key_value_heads=2, attention_bias=True, final_logit_softcapping=3.0,
                         rope_parameters=rope()),
    ),
    "nemotron": Fixture("nemotron", tiny(head_dim=8, rope_parameters=rope(partial_rotary_factor=0.5)), scale=0.18),
    "nemotron-published": Fixture(
        "nemotron", tiny(head_dim=8, attention_bias=True, mlp_bias=True, rope_parameters=rope(partial_rotary_factor=0.5)),
        published=published("head_dim"), scale=0.18,
    ),
    "olmo": Fixture("olmo", small(clip_qkv=1.0, rope_parameters=rope())),
    "olmo-published": Fixture(
        "olmo", small(clip_qkv=None, num_key_value_heads=4, tie_word_embeddings=True, attention_bias=True, rope_parameters=rope()),
        published=published("num_key_value_heads"),
    ),
    "olmo2": Fixture("olmo2", small(rope_parameters=rope())),
    "olmo3": Fixture(
        "olmo3",
        tiny(num_attention_heads=4, num_key_value_heads=2, sliding_window=4, layer_types=["sliding_attention", "full_attention"],
             rope_parameters={"full_attention": rope("linear", factor=2.0), "sliding_attention": rope(theta=30.0)}),
    ),
    "olmo3-published": Fixture(
        "olmo3",
        tiny(max_position_embeddings=128, sliding_window=3, attention_bias=True, layer_types=["full_attention", "sliding_attention"],
             rope_parameters={"full_attention": YARN | {"rope_theta": 5e5}, "sliding_attention": rope(theta=5e5)}),
        published=published_olmo3,
    ),
    "olmoe": Fixture("olmoe", tiny(num_experts=6, num_experts_per_tok=3, rope_parameters=rope())),
    "olmoe-published": Fixture(
        "olmoe", tiny(num_experts=5, num_experts_per_tok=2, norm_topk_prob=True, attention_bias=True, rope_parameters=rope()),
        published=published(),
    ),
    "openai-gpt": Fixture("openai-gpt", gpt2_like(n_embd=16, n_head=2)),
    "opt": Fixture(
        "opt", dict(vocab_size=67, hidden_size=24, word_embed_proj_dim=24, num_hidden_layers=2, num_attention_heads=3, ffn_dim=36,
                    max_position_embeddings=32),
    ),
    "opt-350m": Fixture(
        "opt", dict(vocab_size=67, hidden_size=24, word_embed_proj_dim=16, num_hidden_layers=2, num_attention_heads=3, ffn_dim=36,
                    max_position_embeddings=32, do_layer_norm_before=False),
    ),
    "opt-bare": Fixture(
        "opt", dict(vocab_size=67, hidden_size=24, word_embed_proj_dim=24, num_hidden_layers=2, num_attention_heads=3, ffn_dim=36,
                    max_position_embeddings=32, enable_bias=False, layer_norm_elementwise_affine=False, activation_function="gelu",
                    tie_word_embeddings=False),
    ),
    "persimmon": Fixture(
        "persimmon", without(tiny(hidden_size=16), "num_key_value_heads") | dict(rope_parameters=rope(partial_rotary_factor=0.5)), scale=0.18,
    ),
    "persimmon-published": Fixture(
        "persimmon", without(tiny(), "num_key_value_heads") | dict(qk_layernorm=False, tie_word_embeddings=True,
                                                                   rope_parameters=rope(partial_rotary_factor=0.25)),
        published=published(), scale=0.18,
    ),
    "phi": Fixture("phi", small(rope_parameters=rope(partial_rotary_factor=0.5), hidden_size=32)),
    "phi-normed": Fixture(
        "phi", small(qk_layernorm=True, rope_parameters=rope(partial_rotary_factor=0.4), num_attention_heads=2, hidden_size=20),
        published=published(),
    ),
    "phi3": Fixture("phi3", small(sliding_window=4, rope_parameters=rope(partial_rotary_factor=1.0))),
    "phi3-long": Fixture(
        "phi3", small(max_position_embeddings=32, original_max_position_embeddings=8,
                      rope_parameters=rope("longrope", long_factor=LONG, short_factor=SHORT, partial_rotary_factor=1.0)),
        published=published(old_type=True),
    ),
    "phi3-short": Fixture(
        "phi3", small(max_position_embeddings=64, original_max_position_embeddings=16, hidden_size=32, tie_word_embeddings=True,
                      rope_parameters=rope("longrope", long_factor=LONG, short_factor=SHORT, partial_rotary_factor=0.75)),
    ),
    # As Phi-4-mini has it: heads that are rotated in part, an unembedding that is the token table.
    "phi4-mini": Fixture(
        "phi3", tiny(num_attention_heads=4, num_key_value_heads=2, hidden_size=32, max_position_embeddings=32,
                     original_max_position_embeddings=8, tie_word_embeddings=True,
                     rope_parameters=rope("longrope", long_factor=LONG, short_factor=SHORT, partial_rotary_factor=0.75)),
        published=published(old_type=True),
    ),
    "phimoe": Fixture(
        "phimoe", tiny(num_local_experts=5, attention_bias=True, lm_head_bias=True, router_jitter_noise=0.15, rope_parameters=rope()),
    ),
    # Beyond the original length transformers 5.23 stays with the short factors, unlike the published code: no prompt is so long.
    "phimoe-stacked": Fixture(
        "phimoe", tiny(num_local_experts=4, hidden_size=24, num_attention_heads=4, num_key_value_heads=2, sliding_window=4,
                       router_jitter_noise=0.45, max_position_embeddings=256,
                       rope_parameters=rope("longrope", long_factor=LONG, short_factor=SHORT, short_mscale=1.2, long_mscale=1.4,
                                            original_max_position_embeddings=128)),
        save=with_stacked_experts,
    ),
    "deepseek-v2": Fixture(
        "deepseek_v2", latent(attention_bias=True, topk_method="group_limited_greedy", n_group=3, topk_group=2, rope_parameters=DEEPSEEK_YARN,
                              **small_experts(n_routed_experts=9)),
    ),
    "deepseek-v2-lite": Fixture(
        "deepseek_v2", latent(q_lora_rank=None, tie_word_embeddings=True, rope_parameters=DEEPSEEK_YARN,
                              **small_experts(n_routed_experts=4, first_k_dense_replace=0, routed_scaling_factor=1.0)),
        save=with_stacked_experts,
        published=published(
            "head_dim", "qk_head_dim", old_type=True, scoring_func="softmax", topk_method="greedy", seq_aux=True, aux_loss_alpha=0.001,
            ep_size=1, moe_layer_freq=1, norm_topk_prob=False, pretraining_tp=1, n_group=1, topk_group=1,
        ),
    ),
    "deepseek-v3": Fixture(
        "deepseek_v3", latent(n_group=4, topk_group=2, rope_parameters=DEEPSEEK_YARN, **small_experts()),
        published=published(
            "head_dim", "qk_head_dim", old_type=True, scoring_func="sigmoid", topk_method="noaux_tc", moe_layer_freq=1,
            num_nextn_predict_layers=1, ep_size=1, pretraining_tp=1,
        ),
    ),
    "deepseek-v3-plain": Fixture(
        "deepseek_v3", latent(q_lora_rank=None, attention_bias=True, rope_interleave=False, n_group=1, topk_group=1, norm_topk_prob=False,
                              **small_experts(n_routed_experts=5, num_experts_per_tok=2)),
        save=with_stacked_experts,
    ),
    "dots1": Fixture(
        "dots1", tiny(sliding_window=4, max_window_layers=1, norm_topk_prob=True, n_group=2, topk_group=1, head_dim=6, rope_parameters=rope(),
                      **small_experts()),
    ),
    "glm4-moe": Fixture(
        "glm4_moe", tiny(head_dim=8, attention_bias=True, use_qk_norm=True, rope_parameters=rope(partial_rotary_factor=0.5),
                         **small_experts(n_routed_experts=4)),
    ),
    "glm4-moe-published": Fixture(
        "glm4_moe", tiny(head_dim=8, n_group=2, topk_group=1, rope_parameters=rope(partial_rotary_factor=0.5),
                         **small_experts(n_routed_experts=6, num_experts_per_tok=2)),
        published=published(partial_rotary_factor=0.5, num_nextn_predict_layers=1),
    ),
    "glm4-moe-lite": Fixture(
        "glm4_moe_lite", latent(mlp_layer_types=["sparse", "sparse"], **without(small_experts(n_routed_experts=4), "first_k_dense_replace")),
    ),
    "flex-olmo": Fixture("flex_olmo", tiny(num_experts=4, num_experts_per_tok=3, intermediate_size=10, rope_parameters=rope())),
    "solar-open": Fixture(
        "solar_open", tiny(head_dim=6, attention_bias=True, rope_parameters=rope(),
                           **without(small_experts(n_routed_experts=4), "first_k_dense_replace")),
    ),
    "exaone-moe": Fixture(
        "exaone_moe", tiny(num_experts=6, num_experts_per_tok=3, num_shared_experts=2, moe_intermediate_size=10, n_group=2, topk_group=1,
                           norm_topk_prob=True, routed_scaling_factor=1.7, sliding_window=4, sliding_window_pattern=2, head_dim=6,
                           layer_types=["sliding_attention", "full_attention"], rope_parameters=rope()),
    ),
    "llama4": Fixture(
        "llama4_text", tiny(intermediate_size=10, intermediate_size_mlp=20, head_dim=6, num_local_experts=4, num_experts_per_tok=2,
                            moe_layers=[1], no_rope_layers=[0, 1], attention_chunk_size=4, floor_scale=3, attn_scale=0.3,
                            rope_parameters=rope()),
    ),
    "llama4-published": Fixture(
        "llama4_text", tiny(intermediate_size=13, intermediate_size_mlp=16, head_dim=8, num_attention_heads=4, num_key_value_heads=2,
                            num_local_experts=4, num_experts_per_tok=1, use_qk_norm=False, attention_bias=True,
                            no_rope_layer_interval=2, attention_chunk_size=5, floor_scale=4, rope_parameters=LLAMA3),
        save=as_bfloat16, published=published("layer_types", "moe_layers", no_rope_layers=[]),
    ),
    "exaone-moe-published": Fixture(
        "exaone_moe", tiny(num_experts=5, num_experts_per_tok=3, moe_intermediate_size=10, mlp_layer_types=["sparse", "sparse"],
                           layer_types=["full_attention", "sliding_attention"], sliding_window=5, tie_word_embeddings=True,
                           rope_parameters=LLAMA3),
        published=published("first_k_dense_replace"),
    ),
    "ernie4-5-moe": Fixture(
        "ernie4_5_moe", tiny(moe_num_experts=4, moe_k=3, moe_num_shared_experts=2, moe_intermediate_size=10, rope_parameters=rope()),
    ),
    "ernie4-5-moe-published": Fixture(
        "ernie4_5_moe", tiny(moe_num_experts=4, moe_k=3, moe_num_shared_experts=0, moe_intermediate_size=12, moe_layer_start_index=0,
                             moe_layer_interval=2, tie_word_embeddings=False, rope_parameters=rope()),
        published=published(moe_use_aux_free=True, num_nextn_predict_layers=1, moe_gate="topk"),
    ),
    "hunyuan-moe": Fixture(
        "hunyuan_v1_moe", tiny(num_experts=4, moe_topk=3, intermediate_size=10, head_dim=6, attention_bias=True, rope_parameters=rope()),
    ),
    "hunyuan-moe-published": Fixture(
        "hunyuan_v1_moe", tiny(num_experts=4, moe_topk=[2, 2], intermediate_size=12, head_dim=8,
                               tie_word_embeddings=True, rope_parameters=rope("dynamic", alpha=50.0, factor=1.0)),
        published=published(old_type=True, use_qk_norm=True, moe_intermediate_size=[12, 12], num_shared_expert=[1, 1], use_cla=False),
    ),
    "minimax-m2": Fixture(
        "minimax_m2", tiny(num_local_experts=4, num_experts_per_tok=3, intermediate_size=10, head_dim=8,
                           rope_parameters=rope(partial_rotary_factor=0.5)),
    ),
    "minimax-m2-published": Fixture(
        "minimax_m2", tiny(num_local_experts=4, num_experts_per_tok=3, intermediate_size=12, head_dim=12, num_attention_heads=4,
                           num_key_value_heads=2, tie_word_embeddings=True, rope_parameters=rope(partial_rotary_factor=0.5)),
        published=lambda config: without(published(rotary_dim=6, use_qk_norm=True, qk_norm_type="per_layer", scoring_func="sigmoid",
                                                   use_routing_bias=True, shared_intermediate_size=0)(config), "partial_rotary_factor"),
    ),
    "minimax-m2-stacked": Fixture(
        "minimax_m2", tiny(num_local_experts=4, num_experts_per_tok=3, intermediate_size=10, head_dim=6, rope_parameters=rope()),
        save=with_stacked_experts,
    ),
    "minicpm3": Fixture("minicpm3", latent(scale_emb=3.0, scale_depth=0.9, dim_model_base=8)),
    "minicpm3-plain": Fixture(
        "minicpm3", latent(q_lora_rank=None, v_head_dim=None, scale_depth=None, dim_model_base=None, tie_word_embeddings=False,
                           attention_bias=True),
    ),
    "youtu": Fixture("youtu", latent()),
    "qwen2": Fixture("qwen2", small(rope_parameters=rope()), save=as_bfloat16_shards),
    "qwen2-windows": Fixture(
        "qwen2", small(use_sliding_window=True, sliding_window=4, max_window_layers=1, tie_word_embeddings=True, rope_parameters=rope()),
    ),
    "qwen2-published": Fixture(
        "qwen2", small(rope_parameters=rope()),
        published=published("layer_types", use_sliding_window=False, sliding_window=4, max_window_layers=0),
    ),
    "qwen2-moe": Fixture(
        "qwen2_moe", tiny(num_experts=6, num_experts_per_tok=2, moe_intermediate_size=14, shared_expert_intermediate_size=10,
                          rope_parameters=rope()),
    ),
    "qwen2-moe-mixed": Fixture(
        "qwen2_moe", tiny(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=14, shared_expert_intermediate_size=10,
                          norm_topk_prob=True, qkv_bias=False, decoder_sparse_step=2, use_sliding_window=True, sliding_window=4,
                          rope_parameters=rope()),
        save=with_stacked_experts,
    ),
    "qwen3": Fixture("qwen3", small(head_dim=10, rope_parameters=rope())),
    "qwen3-windows": Fixture(
        "qwen3", small(head_dim=6, attention_bias=True, use_sliding_window=True, sliding_window=4, max_window_layers=1,
                       tie_word_embeddings=True, rope_parameters=rope()),
        published=published("layer_types"),
    ),
    "qwen3-moe": Fixture(
        "qwen3_moe", tiny(num_experts=6, num_experts_per_tok=3, moe_intermediate_size=10, norm_topk_prob=True, head_dim=6,
                          rope_parameters=rope()),
    ),
    "qwen3-moe-mixed": Fixture(
        "qwen3_moe", tiny(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=14, mlp_only_layers=[0], head_dim=6,
                          attention_bias=True, rope_parameters=rope()),
        published=published(),
    ),
    "seed-oss": Fixture(
        "seed_oss", tiny(head_dim=6, attention_out_bias=True, mlp_bias=True, tie_word_embeddings=True, rope_parameters=rope()),
    ),
    "seed-oss-published": Fixture("seed_oss", tiny(head_dim=10, rope_parameters=rope()), published=published()),
    "smollm3": Fixture("smollm3", small(no_rope_layer_interval=2, rope_parameters=rope())),
    "smollm3-biased": Fixture(
        "smollm3", small(no_rope_layers=[0, 1], attention_bias=True, mlp_bias=True, tie_word_embeddings=False, use_sliding_window=True,
                         sliding_window=4, rope_parameters=rope()),
        published=published("layer_types", "no_rope_layer_interval"),
    ),
    "stablelm": Fixture("stablelm", small(use_qkv_bias=True, hidden_size=32, rope_parameters=rope(partial_rotary_factor=0.25))),
    "stablelm-parallel": Fixture(
        "stablelm", small(use_parallel_residual=True, qk_layernorm=True, rope_parameters=rope(partial_rotary_factor=0.75)),
        published=published(),
    ),
    "starcoder2": Fixture("starcoder2", tiny(sliding_window=4, rope_parameters=rope())),
    "starcoder2-published": Fixture(
        "starcoder2", tiny(use_bias=False, tie_word_embeddings=False, sliding_window=None, hidden_act="gelu", rope_parameters=rope()),
        published=published(norm_type="layer_norm", mlp_type="default"),
    ),
    "vaultgemma": Fixture(
        "vaultgemma", tiny(head_dim=10, query_pre_attn_scalar=7, sliding_window=4, attn_logit_softcapping=2.0,
                           final_logit_softcapping=3.0, rope_parameters=rope()),
    ),
    "xglm": Fixture(
        "xglm", dict(vocab_size=67, d_model=16, num_layers=2, attention_heads=2, ffn_dim=20, max_position_embeddings=32),
    ),
}  # fmt: skip
