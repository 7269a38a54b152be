"""The anatomy of every family, by `model_type`."""

from collections.abc import Callable

from transformers import PreTrainedConfig

from anatomy import Anatomy, Shape, interleaved_by_group, separate


def shape(config: PreTrainedConfig) -> Shape:
    heads = config.num_attention_heads
    groups = getattr(config, "num_key_value_heads", None) or heads
    return Shape(heads, groups, getattr(config, "head_dim", None) or config.hidden_size // heads)


def llama(config: PreTrainedConfig, **changes) -> Anatomy:
    """The layout that most families since Llama share."""
    parts = dict(
        shape=shape(config), blocks="model.layers", final_norm="model.norm", unembed="lm_head", qkv=separate(), gate="mlp.gate_proj"
    )
    return Anatomy(**(parts | changes))


def gpt_neox(config: PreTrainedConfig) -> Anatomy:
    return Anatomy(
        shape=shape(config), blocks="gpt_neox.layers", final_norm="gpt_neox.final_layer_norm", unembed="lm_head",
        attention="attention", qkv=interleaved_by_group("query_key_value"), o="attention.dense",
        mid=None if config.use_parallel_residual else "post_attention_layernorm",
        up="mlp.dense_h_to_4h", down="mlp.dense_4h_to_h",
    )  # fmt: skip


def bloom(config: PreTrainedConfig) -> Anatomy:
    return Anatomy(
        shape=shape(config), blocks="transformer.h", final_norm="transformer.ln_f", unembed="lm_head",
        attention="self_attention", qkv=interleaved_by_group("query_key_value"), o="self_attention.dense",
        up="mlp.dense_h_to_4h", down="mlp.dense_4h_to_h",
    )  # fmt: skip


def gemma2(config: PreTrainedConfig) -> Anatomy:
    return llama(
        config, ln2="pre_feedforward_layernorm", mid="pre_feedforward_layernorm",
        ln1_post="post_attention_layernorm", ln2_post="post_feedforward_layernorm",
        logit_softcap=config.final_logit_softcapping,
    )  # fmt: skip


ANATOMIES: dict[str, Callable[[PreTrainedConfig], Anatomy]] = {
    "llama": llama,
    "gpt_neox": gpt_neox,
    "bloom": bloom,
    "gemma2": gemma2,
}
