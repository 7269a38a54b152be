"""The tiny checkpoints: each a model class with every switch that its family's arithmetic knows, in one fixture or another."""

from collections.abc import Callable
from dataclasses import dataclass, field
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
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn_like(parameter)
            # Biases start at 0, and the gains of norms at whatever means 1.
            parameter.copy_(noise * fixture.scale if parameter.ndim > 1 else parameter + noise * 0.2)
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


FIXTURES: dict[str, Fixture] = {
    "llama": Fixture("llama", small(rope_parameters=rope())),
    "llama-biased": Fixture(
        "llama",
        small(attention_bias=True, mlp_bias=True, tie_word_embeddings=True, head_dim=10, rms_norm_eps=1e-2, rope_parameters=rope()),
    ),
    "gpt-neox-parallel": Fixture(
        "gpt_neox",
        without(small(rope_parameters=rope(partial_rotary_factor=0.5), num_attention_heads=3), "num_key_value_heads"),
    ),
    "gpt-neox-sequential": Fixture(
        "gpt_neox",
        without(small(use_parallel_residual=False, hidden_act="gelu_new", tie_word_embeddings=True,
                      rope_parameters=rope(partial_rotary_factor=0.25), num_attention_heads=2), "num_key_value_heads"),
    ),
    "gemma2": Fixture(
        "gemma2",
        small(head_dim=10, query_pre_attn_scalar=7, sliding_window=4, attn_logit_softcapping=2.0, final_logit_softcapping=3.0,
              rope_parameters=rope()),
    ),
    "bloom": Fixture("bloom", dict(vocab_size=67, hidden_size=24, n_layer=2, n_head=6)),
}  # fmt: skip
