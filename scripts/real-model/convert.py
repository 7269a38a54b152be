"""Writes the Llama in a GGUF file as a folder as Hugging Face publishes them: config.json, model.safetensors, tokenizer.json.

    python convert.py FILE.gguf FOLDER

Weights are widened to 32 bits by the reference implementation, gguf.quants.dequantize.
"""

import json
import sys
from pathlib import Path

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

# What a tensor of a block is called in GGUF and in transformers' LlamaForCausalLM.
BLOCK = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
REST = {"token_embd": "embed_tokens", "output_norm": "norm"}
CONTROL = 3  # gguf.TokenType.CONTROL


def main(source: Path, target: Path) -> None:
    reader = GGUFReader(source)
    metadata = {name: field.contents() for name, field in reader.fields.items()}
    expect(metadata["general.architecture"], "llama")
    expect(metadata["tokenizer.ggml.pre"], "smollm")
    config = config_of(metadata)

    target.mkdir(parents=True, exist_ok=True)
    save_file(weights(reader, config), target / "model.safetensors", metadata={"format": "pt"})
    tokenizer_of(metadata).save(str(target / "tokenizer.json"))
    (target / "tokenizer_config.json").write_text(json.dumps({"chat_template": metadata["tokenizer.chat_template"]}, indent=2))
    # Last: a folder without it is no model, whatever else was written.
    (target / "config.json").write_text(json.dumps(config, indent=2))


def config_of(metadata: dict) -> dict:
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "vocab_size": metadata["llama.vocab_size"],
        "hidden_size": metadata["llama.embedding_length"],
        "intermediate_size": metadata["llama.feed_forward_length"],
        "num_hidden_layers": metadata["llama.block_count"],
        "num_attention_heads": metadata["llama.attention.head_count"],
        "num_key_value_heads": metadata["llama.attention.head_count_kv"],
        "max_position_embeddings": metadata["llama.context_length"],
        "rms_norm_eps": metadata["llama.attention.layer_norm_rms_epsilon"],
        "rope_theta": metadata["llama.rope.freq_base"],
        "bos_token_id": metadata["tokenizer.ggml.bos_token_id"],
        "eos_token_id": metadata["tokenizer.ggml.eos_token_id"],
        "hidden_act": "silu",
        "tie_word_embeddings": True,
        "torch_dtype": "float32",
    }


def weights(reader: GGUFReader, config: dict) -> dict:
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    tensors = {}
    for tensor in reader.tensors:
        parts = tensor.name.removesuffix(".weight").split(".")
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        part = parts[-1]
        if part in heads:
            values = as_published(values, heads[part])
        name = f"layers.{parts[1]}.{BLOCK[part]}" if parts[0] == "blk" else REST[part]
        tensors[f"model.{name}.weight"] = np.ascontiguousarray(values)
    return tensors


def as_published(rows: np.ndarray, heads: int) -> np.ndarray:
    """The rows of a query or key matrix in the order of transformers: llama.cpp keeps those that rotate together side by side."""
    width, columns = rows.shape
    return rows.reshape(heads, width // heads // 2, 2, columns).swapaxes(1, 2).reshape(width, columns)


def tokenizer_of(metadata: dict) -> Tokenizer:
    tokens = metadata["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in metadata["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({token: id for id, token in enumerate(tokens)}, merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    special = [token for token, kind in zip(tokens, metadata["tokenizer.ggml.token_type"]) if kind == CONTROL]
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in special])
    return tokenizer


def expect(found: str, wanted: str) -> None:
    if found != wanted:
        raise SystemExit(f"This file is of the kind {found}; this script knows {wanted} only.")


main(Path(sys.argv[1]), Path(sys.argv[2]))
