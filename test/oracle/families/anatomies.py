"""The anatomy of every family, by `model_type`."""

from collections.abc import Callable

from transformers import PreTrainedConfig

from anatomy import Anatomy, Latent, Shape, blocks_of_heads, in_slices, interleaved_by_group, separate


def shape(config: PreTrainedConfig, groups: int | None = None) -> Shape:
    heads = config.num_attention_heads
    groups = groups or getattr(config, "num_key_value_heads", None) or heads
    return Shape(heads, groups, getattr(config, "head_dim", None) or config.hidden_size // heads)


def llama(config: PreTrainedConfig, **changes) -> Anatomy:
    """The layout that most families since Llama share."""
    parts = dict(
        shape=shape(config), blocks="model.layers", final_norm="model.norm", unembed="lm_head", qkv=separate(), gate="mlp.gate_proj"
    )
    return Anatomy(**(parts | changes))


def gpt2(config: PreTrainedConfig) -> Anatomy:
    return Anatomy(
        shape=shape(config), blocks="transformer.h", final_norm="transformer.ln_f", unembed="lm_head", positions="transformer.wpe",
        attention="attn", qkv=blocks_of_heads("c_attn"), o="attn.c_proj",
        ln1="ln_1", ln2="ln_2", mid="ln_2", up="mlp.c_fc", down="mlp.c_proj",
    )  # fmt: skip


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


def gemma2(config: PreTrainedConfig, **changes) -> Anatomy:
    return llama(
        config, ln2="pre_feedforward_layernorm", mid="pre_feedforward_layernorm",
        ln1_post="post_attention_layernorm", ln2_post="post_feedforward_layernorm",
        logit_softcap=config.final_logit_softcapping, **changes,
    )  # fmt: skip


def gemma3(config: PreTrainedConfig) -> Anatomy:
    return gemma2(config, q_norm="q_norm", k_norm="k_norm")


def gpt_neo(config: PreTrainedConfig) -> Anatomy:
    return Anatomy(
        shape=shape(config), blocks="transformer.h", final_norm="transformer.ln_f", unembed="lm_head", positions="transformer.wpe",
        attention="attn.attention", qkv=separate(), o="attn.attention.out_proj",
        ln1="ln_1", ln2="ln_2", mid="ln_2", up="mlp.c_fc", down="mlp.c_proj",
    )  # fmt: skip


def gptj(config: PreTrainedConfig) -> Anatomy:
    return Anatomy(
        shape=shape(config), blocks="transformer.h", final_norm="transformer.ln_f", unembed="lm_head",
        attention="attn", qkv=separate(), o="attn.out_proj", ln1="ln_1", ln2=None, mid=None, up="mlp.fc_in", down="mlp.fc_out",
    )  # fmt: skip


def gpt_bigcode(config: PreTrainedConfig) -> Anatomy:
    # One head: all queries, key, value. As many keys as queries: head by head.
    layout = blocks_of_heads if config.multi_query else interleaved_by_group
    return Anatomy(
        shape=shape(config), blocks="transformer.h", final_norm="transformer.ln_f", unembed="lm_head", positions="transformer.wpe",
        attention="attn", qkv=layout("c_attn"), o="attn.c_proj",
        ln1="ln_1", ln2="ln_2", mid="ln_2", up="mlp.c_fc", down="mlp.c_proj",
    )  # fmt: skip


def opt(config: PreTrainedConfig) -> Anatomy:
    projects = config.word_embed_proj_dim != config.hidden_size
    before = config.do_layer_norm_before
    return Anatomy(
        shape=shape(config), blocks="model.decoder.layers", unembed="lm_head", positions="model.decoder.embed_positions",
        final_norm="model.decoder.final_layer_norm" if before else None,
        project_out="model.decoder.project_out" if projects else None,
        qkv=separate(), o="self_attn.out_proj", ln1="self_attn_layer_norm", ln2="final_layer_norm",
        mid="final_layer_norm" if before else "self_attn_layer_norm", up="fc1", down="fc2",
    )  # fmt: skip


def falcon(config: PreTrainedConfig) -> Anatomy:
    grouped = config.new_decoder_architecture
    multi_query = config.multi_query and not grouped
    groups = config.num_kv_heads if grouped else 1 if multi_query else config.num_attention_heads
    parallel = grouped or config.parallel_attn
    two_norms = grouped and config.num_ln_in_parallel_attn in (None, 2)
    return Anatomy(
        shape=shape(config, groups), blocks="transformer.h", final_norm="transformer.ln_f", unembed="lm_head",
        attention="self_attention", qkv=(blocks_of_heads if multi_query else interleaved_by_group)("query_key_value"),
        o="self_attention.dense",
        ln1="ln_attn" if two_norms else "input_layernorm",
        ln2="ln_mlp" if two_norms else None if parallel else "post_attention_layernorm",
        mid=None if parallel else "post_attention_layernorm",
        up="mlp.dense_h_to_4h", down="mlp.dense_4h_to_h",
    )  # fmt: skip


def phi(config: PreTrainedConfig) -> Anatomy:
    norms = dict(q_norm="q_layernorm", k_norm="k_layernorm") if config.qk_layernorm else {}
    return llama(
        config, final_norm="model.final_layernorm", o="self_attn.dense", ln2=None, mid=None,
        gate=None, up="mlp.fc1", down="mlp.fc2", **norms,
    )  # fmt: skip


def phi3(config: PreTrainedConfig) -> Anatomy:
    return llama(config, qkv=blocks_of_heads("qkv_proj"), gate=None, up="mlp.gate_up_proj", gate_and_up=True)


def stablelm(config: PreTrainedConfig) -> Anatomy:
    norms = dict(q_norm="q_layernorm", k_norm="k_layernorm") if config.qk_layernorm else {}
    return llama(config, **(dict(ln2=None, mid=None) if config.use_parallel_residual else {}), **norms)


def qwen3(config: PreTrainedConfig) -> Anatomy:
    return llama(config, q_norm="q_norm", k_norm="k_norm")


def mixtral(config: PreTrainedConfig) -> Anatomy:
    return llama(config, mixture="mlp")


def granitemoe(config: PreTrainedConfig) -> Anatomy:
    return llama(
        config, mixture="block_sparse_moe", residual_multiplier=config.residual_multiplier, logit_scale=1 / config.logits_scaling,
    )  # fmt: skip


def qwen3_moe(config: PreTrainedConfig) -> Anatomy:
    return llama(config, mixture="mlp", q_norm="q_norm", k_norm="k_norm")


def olmo(config: PreTrainedConfig) -> Anatomy:
    return llama(config, clip_qkv=config.clip_qkv)


def olmo2(config: PreTrainedConfig) -> Anatomy:
    return llama(
        config, ln1=None, ln2=None, mid="mlp", q_norm="q_norm", k_norm="k_norm",
        ln1_post="post_attention_layernorm", ln2_post="post_feedforward_layernorm",
    )  # fmt: skip


def flex_olmo(config: PreTrainedConfig) -> Anatomy:
    return llama(
        config, ln1=None, ln2=None, mid="mlp", mixture="mlp", q_norm="q_norm", k_norm="k_norm",
        ln1_post="post_attention_layernorm", ln2_post="post_feedforward_layernorm",
    )  # fmt: skip


def granite(config: PreTrainedConfig) -> Anatomy:
    return llama(config, residual_multiplier=config.residual_multiplier, logit_scale=1 / config.logits_scaling)


def starcoder2(config: PreTrainedConfig) -> Anatomy:
    return llama(config, gate=None, up="mlp.c_fc", down="mlp.c_proj")


def ungated(config: PreTrainedConfig, **changes) -> Anatomy:
    return llama(config, gate=None, **changes)


def apertus(config: PreTrainedConfig) -> Anatomy:
    return ungated(
        config, ln1="attention_layernorm", ln2="feedforward_layernorm", mid="feedforward_layernorm", q_norm="q_norm", k_norm="k_norm"
    )


def cohere(config: PreTrainedConfig) -> Anatomy:
    norms = dict(q_norm="q_norm", k_norm="k_norm") if getattr(config, "use_qk_norm", False) else {}
    return llama(config, ln2=None, mid=None, logit_scale=config.logit_scale, **norms)


def glm(config: PreTrainedConfig, **changes) -> Anatomy:
    return llama(config, gate=None, up="mlp.gate_up_proj", gate_and_up=True, **changes)


def glm4(config: PreTrainedConfig) -> Anatomy:
    return glm(config, ln1_post="post_self_attn_layernorm", ln2_post="post_mlp_layernorm")


def hunyuan(config: PreTrainedConfig) -> Anatomy:
    return llama(config, q_norm="query_layernorm", k_norm="key_layernorm", norms_rotated=True)


def hunyuan_moe(config: PreTrainedConfig) -> Anatomy:
    return llama(config, mixture="mlp", q_norm="query_layernorm", k_norm="key_layernorm", norms_rotated=True)


def llama4(config: PreTrainedConfig) -> Anatomy:
    norms = dict(q_norm="qk_norm", k_norm="qk_norm", norms_rotated=True) if config.use_qk_norm else {}
    mlp = {name: f"feed_forward.{name}_proj" for name in ("up", "gate", "down")}
    return llama(config, mixture="feed_forward", **mlp, **norms)


def nanochat(config: PreTrainedConfig) -> Anatomy:
    return ungated(
        config, up="mlp.fc1", down="mlp.fc2", q_norm="q_norm", k_norm="k_norm", norms_rotated=True,
        logit_softcap=config.final_logit_softcapping,
    )  # fmt: skip


def vaultgemma(config: PreTrainedConfig) -> Anatomy:
    return llama(
        config, ln2="pre_feedforward_layernorm", mid="pre_feedforward_layernorm", logit_softcap=config.final_logit_softcapping
    )


def hyperclovax(config: PreTrainedConfig) -> Anatomy:
    posts = dict(ln1_post="post_norm1", ln2_post="post_norm2") if config.use_post_norm else {}
    return llama(config, residual_multiplier=config.residual_multiplier, logit_scale=config.logits_scaling, **posts)


def persimmon(config: PreTrainedConfig) -> Anatomy:
    norms = dict(q_norm="q_layernorm", k_norm="k_layernorm") if config.qk_layernorm else {}
    return ungated(
        config, final_norm="model.final_layernorm", qkv=interleaved_by_group("query_key_value"), o="self_attn.dense",
        up="mlp.dense_h_to_4h", down="mlp.dense_4h_to_h", **norms,
    )  # fmt: skip


def codegen(config: PreTrainedConfig) -> Anatomy:
    return Anatomy(
        shape=shape(config), blocks="transformer.h", final_norm="transformer.ln_f", unembed="lm_head",
        attention="attn", qkv=in_slices("qkv_proj", 4), o="attn.out_proj", ln1="ln_1", ln2=None, mid=None, up="mlp.fc_in", down="mlp.fc_out",
    )  # fmt: skip


def mpt(config: PreTrainedConfig) -> Anatomy:
    return Anatomy(
        shape=shape(config), blocks="transformer.blocks", final_norm="transformer.norm_f", unembed="lm_head",
        attention="attn", qkv=blocks_of_heads("Wqkv"), o="attn.out_proj", ln1="norm_1", ln2="norm_2", mid="norm_2",
        up="ffn.up_proj", down="ffn.down_proj", clip_qkv=config.attn_config.clip_qkv,
    )  # fmt: skip


def fairseq(config: PreTrainedConfig, model: str, unembed: str) -> Anatomy:
    return Anatomy(
        shape=shape(config), blocks=f"{model}.layers", final_norm=f"{model}.layer_norm", unembed=unembed,
        positions=f"{model}.embed_positions", qkv=separate(), o="self_attn.out_proj",
        ln1="self_attn_layer_norm", ln2="final_layer_norm", mid="final_layer_norm", up="fc1", down="fc2",
    )  # fmt: skip


def xglm(config: PreTrainedConfig) -> Anatomy:
    return fairseq(config, "model", "lm_head")


def biogpt(config: PreTrainedConfig) -> Anatomy:
    return fairseq(config, "biogpt", "output_projection")


def openai_gpt(config: PreTrainedConfig) -> Anatomy:
    return Anatomy(
        shape=shape(config), blocks="transformer.h", final_norm=None, unembed="lm_head", positions="transformer.positions_embed",
        attention="attn", qkv=blocks_of_heads("c_attn"), o="attn.c_proj",
        ln1="ln_1", ln2="ln_2", mid="ln_1", up="mlp.c_fc", down="mlp.c_proj",
    )  # fmt: skip


def gpt_neox_japanese(config: PreTrainedConfig) -> Anatomy:
    return Anatomy(
        shape=shape(config), blocks="gpt_neox_japanese.layers", final_norm="gpt_neox_japanese.final_layer_norm", unembed="embed_out",
        attention="attention", qkv=interleaved_by_group("query_key_value"), o="attention.dense",
        up="mlp.dense_h_to_4h", down="mlp.dense_4h_to_h",
    )  # fmt: skip


def latent(config: PreTrainedConfig, **changes) -> Anatomy:
    """Latent attention, with experts or without."""
    own, shared = config.qk_nope_head_dim, config.qk_rope_head_dim
    s = Shape(config.num_attention_heads, config.num_attention_heads, own + shared, config.v_head_dim)
    parts = Latent(config.q_lora_rank, config.kv_lora_rank, own, shared)
    unpaired = shared if getattr(config, "rope_interleave", False) else 0
    return llama(config, shape=s, latent=parts, qkv=parts.qkv(s), mixture="mlp", unpaired=unpaired, **changes)


def minicpm3(config: PreTrainedConfig) -> Anatomy:
    multiplier = config.scale_depth / config.num_hidden_layers**0.5
    return latent(config, residual_multiplier=multiplier, logit_scale=1 / config.logits_scaling)


def glm4_moe(config: PreTrainedConfig) -> Anatomy:
    norms = dict(q_norm="q_norm", k_norm="k_norm") if config.use_qk_norm else {}
    return llama(config, mixture="mlp", **norms)


ANATOMIES: dict[str, Callable[[PreTrainedConfig], Anatomy]] = {
    "apertus": apertus,
    "arcee": ungated,
    "biogpt": biogpt,
    "bloom": bloom,
    "codegen": codegen,
    "cohere": cohere,
    "cohere2": cohere,
    "cwm": llama,
    "ernie4_5": llama,
    "ernie4_5_moe": mixtral,
    "deepseek_v2": latent,
    "deepseek_v3": latent,
    "dots1": qwen3_moe,
    "exaone4": olmo2,
    "exaone_moe": qwen3_moe,
    "falcon": falcon,
    "flex_olmo": flex_olmo,
    "gemma": llama,
    "gemma2": gemma2,
    "gemma3_text": gemma3,
    "glm": glm,
    "glm4": glm4,
    "glm4_moe": glm4_moe,
    "glm4_moe_lite": latent,
    "gpt2": gpt2,
    "gpt_bigcode": gpt_bigcode,
    "gpt_neo": gpt_neo,
    "gpt_neox": gpt_neox,
    "gpt_neox_japanese": gpt_neox_japanese,
    "gptj": gptj,
    "gpt_oss": mixtral,
    "granite": granite,
    "granitemoe": granitemoe,
    "granitemoeshared": granitemoe,
    "helium": llama,
    "hunyuan_v1_dense": hunyuan,
    "hunyuan_v1_moe": hunyuan_moe,
    "hyperclovax": hyperclovax,
    "internlm3": llama,
    "iquestcoder": llama,
    "jais2": ungated,
    "llama": llama,
    "llama4_text": llama4,
    "minicpm3": minicpm3,
    "minimax_m2": qwen3_moe,
    "ministral": llama,
    "ministral3": llama,
    "mistral": llama,
    "mixtral": mixtral,
    "mpt": mpt,
    "nanochat": nanochat,
    "nemotron": ungated,
    "olmo": olmo,
    "olmo2": olmo2,
    "olmo3": olmo2,
    "olmoe": qwen3_moe,
    "openai-gpt": openai_gpt,
    "opt": opt,
    "persimmon": persimmon,
    "phi": phi,
    "phi3": phi3,
    "phimoe": mixtral,
    "qwen2": llama,
    "qwen2_moe": mixtral,
    "qwen3": qwen3,
    "qwen3_moe": qwen3_moe,
    "seed_oss": llama,
    "smollm3": llama,
    "solar_open": mixtral,
    "stablelm": stablelm,
    "starcoder2": starcoder2,
    "vaultgemma": vaultgemma,
    "xglm": xglm,
    "youtu": latent,
}
