"""Writes tiny bases with LoRA adapters as PEFT saves them, and what the merged model computes.

    pip install -r test/oracle/requirements.txt peft==0.21.2 accelerate==1.15.0
    python test/oracle/adapters/make_adapters.py
"""

import json
import re
import shutil
import sys
import tempfile
import zlib
from pathlib import Path

import peft
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel
from transformers.utils import logging

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "families"))

from anatomies import ANATOMIES  # noqa: E402
from checkpoints import TOKENS, Fixture, latent, random_model, rope, small, small_experts, tiny  # noqa: E402
from tracer import load_reference, trace  # noqa: E402

OUT = HERE / "fixtures"
LLAMA = Fixture("llama", small(rope_parameters=rope()))
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

LATENT = ["q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"]

# Parameters that hold the matrices of all experts.
STACKS = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"]
GPT_OSS = Fixture("gpt_oss", tiny(hidden_size=16, intermediate_size=16, head_dim=8, num_local_experts=4, num_experts_per_tok=2, sliding_window=4,
                                  swiglu_limit=1.0, rope_parameters=rope()), scale=0.4)

# The base, the settings, and whether the weights are saved as a pickle.
KINDS = {
    "llama": (LLAMA, dict(r=4, lora_alpha=8, target_modules=PROJECTIONS), False),
    "rank-stabilised": (LLAMA, dict(r=4, lora_alpha=6, use_rslora=True, target_modules=["q_proj", "v_proj"]), False),
    "patterns": (LLAMA, dict(r=4, lora_alpha=8, target_modules=["q_proj", "up_proj", "down_proj"], rank_pattern={"up_proj": 2},
                             alpha_pattern={"layers.1.self_attn.q_proj": 3}), False),
    "saved-modules": (LLAMA, dict(r=2, lora_alpha=4, target_modules=["q_proj"], modules_to_save=["lm_head"]), False),
    "pickle": (LLAMA, dict(r=2, lora_alpha=4, target_modules=["o_proj"]), True),
    "gpt2": (Fixture("gpt2", dict(vocab_size=67, n_positions=32, n_embd=24, n_layer=2, n_head=3, n_inner=36)),
             dict(r=3, lora_alpha=5, target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True), False),
    "phi3": (Fixture("phi3", small(rope_parameters=rope())),
             dict(r=3, lora_alpha=5, target_modules=["qkv_proj", "gate_up_proj", "o_proj"]), False),
    "minicpm3": (Fixture("minicpm3", latent(scale_emb=3.0, scale_depth=0.9, dim_model_base=8)),
                 dict(r=3, lora_alpha=5, target_modules=[*LATENT, "gate_proj", "up_proj", "down_proj"]), False),
    "deepseek-v3": (Fixture("deepseek_v3", latent(n_group=4, topk_group=2, **small_experts())),
                    dict(r=2, lora_alpha=4, target_modules=LATENT), False),
    "parameters": (Fixture("qwen3_moe", tiny(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=14, head_dim=8, rope_parameters=rope())),
                   dict(r=2, lora_alpha=5, target_modules=["o_proj"], target_parameters=STACKS, use_rslora=True), False),
    "parameters-gpt-oss": (GPT_OSS, dict(r=3, lora_alpha=5, target_modules=["o_proj"], target_parameters=STACKS, alpha_pattern={"experts.down_proj": 7}), False),
    # Made with peft==0.18.1, which took the outputs of such parameters for inputs.
    "parameters-older": (Fixture("qwen3_moe", tiny(num_experts=3, num_experts_per_tok=2, moe_intermediate_size=16, head_dim=8, rope_parameters=rope())),
                         dict(r=2, lora_alpha=5, target_modules=["o_proj"], target_parameters=STACKS), False),
}  # fmt: skip
# Mixtures: the base, and the layers that are updated.
MIXTURES = {
    "mixtral": (Fixture("mixtral", tiny(num_local_experts=3, num_experts_per_tok=2, num_key_value_heads=1, rope_parameters=rope())),
                r"(q_proj|o_proj|w[123]|block_sparse_moe\.gate)\.weight"),
    "qwen2-moe": (Fixture("qwen2_moe", tiny(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=14,
                                            shared_expert_intermediate_size=10, rope_parameters=rope())),
                  r"(v_proj|shared_expert\.down_proj|shared_expert\.up_proj|experts\.1\.gate_proj|experts\.\d\.down_proj)\.weight"),
    "deepseek-v2": (Fixture("deepseek_v2", latent(q_lora_rank=None, **small_experts(n_routed_experts=4))),
                    r"(q_proj|kv_b_proj|o_proj|layers\.0\.mlp\.up_proj|shared_experts\.up_proj|experts\.1\.gate_proj|experts\.\d\.down_proj)\.weight"),
}  # fmt: skip


def is_of_other_version(name: str) -> bool:
    return peft.__version__.startswith("0.18.") != (name == "parameters-older")


def make(name: str) -> None:
    fixture, settings, as_pickle = KINDS[name]
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "adapter").mkdir(parents=True)
    model = random_model(zlib.crc32(name.encode()), fixture)
    model.save_pretrained(folder / "base")
    adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **settings))
    torch.manual_seed(zlib.crc32(name.encode()))
    with torch.no_grad():
        for key, parameter in adapted.named_parameters():
            if parameter.requires_grad:
                parameter.copy_(torch.randn_like(parameter) * 0.2)
    with tempfile.TemporaryDirectory() as saved:
        adapted.save_pretrained(saved)
        config = json.loads((Path(saved) / "adapter_config.json").read_text())
        config["base_model_name_or_path"] = "someone/base"
        (folder / "adapter" / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
        weights = load_file(Path(saved) / "adapter_model.safetensors")
        if as_pickle:
            torch.save(weights, folder / "adapter" / "adapter_model.bin")
        else:
            save_file(weights, folder / "adapter" / "adapter_model.safetensors", metadata={"format": "pt"})
    merged = adapted.merge_and_unload()
    with tempfile.TemporaryDirectory() as checkpoint:
        merged.save_pretrained(checkpoint)
        keep_expected(folder, Path(checkpoint), model)


def keep_expected(folder: Path, checkpoint: Path, model: PreTrainedModel) -> None:
    """Writes the trace of the merged model."""
    seen = trace(load_reference(checkpoint), ANATOMIES[model.config.model_type](model.config), list(TOKENS))
    kept = {key: value.float().contiguous() for key, value in seen.items() if ".normed_" not in key and ".latent_" not in key and key != "uncapped"}
    save_file(kept, folder / "expected.safetensors")
    (folder / "fixture.json").write_text(json.dumps({"tokens": list(TOKENS)}) + "\n")
    print(folder.name, sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()), flush=True)


def merged_by_hand(name: str, fixture: Fixture, layers: str) -> None:
    """An adapter of matrices of single experts, as those that were trained before transformers stacked them: the updates are added here."""
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "adapter").mkdir(parents=True)
    model = random_model(zlib.crc32(name.encode()), fixture)
    model.save_pretrained(folder / "base")
    weights = load_file(folder / "base" / "model.safetensors")
    rank, alpha = 2, 6
    updates = {}
    for key in [key for key in weights if re.search(layers, key)]:
        outputs, inputs = weights[key].shape
        down, up = torch.randn(rank, inputs) * 0.2, torch.randn(outputs, rank) * 0.2
        weights[key] += alpha / rank * up @ down
        layer = f"base_model.model.{key.removesuffix('.weight')}"
        updates |= {f"{layer}.lora_A.weight": down, f"{layer}.lora_B.weight": up}
    save_file(updates, folder / "adapter" / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {"peft_type": "LORA", "r": rank, "lora_alpha": alpha, "base_model_name_or_path": "someone/base", "target_modules": layers}
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    with tempfile.TemporaryDirectory() as checkpoint:
        model.config.save_pretrained(checkpoint)
        save_file(weights, Path(checkpoint) / "model.safetensors", metadata={"format": "pt"})
        keep_expected(folder, Path(checkpoint), model)
        keep_updates(folder, load_reference(Path(checkpoint)), updates, alpha / rank)


def keep_updates(folder: Path, merged: PreTrainedModel, updates: dict[str, torch.Tensor], scale: float) -> None:
    """Writes what the updates of the heads' output matrices add, from what the merged model gives these matrices. See make_updates.py."""
    seen = {}

    def watch(layer: int, down: torch.Tensor, up: torch.Tensor) -> None:
        def keep(_module, inputs, _output) -> None:
            seen[f"blocks.{layer}.attn.W_O.adapter"] = (inputs[0][0] @ down.T.double() @ up.T.double() * scale).detach().float().contiguous()

        merged.model.layers[layer].self_attn.o_proj.register_forward_hook(keep)

    for layer in range(len(merged.model.layers)):
        module = f"base_model.model.model.layers.{layer}.self_attn.o_proj"
        if f"{module}.lora_A.weight" in updates:
            watch(layer, updates[f"{module}.lora_A.weight"], updates[f"{module}.lora_B.weight"])
    with torch.no_grad():
        logits = merged(torch.tensor([list(TOKENS)])).logits[0]
    save_file({**seen, "logits": logits.float().contiguous()}, folder / "updates.safetensors")


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for chosen in sys.argv[1:] or [*KINDS, *MIXTURES]:
        if is_of_other_version(chosen):
            print(f"left out, as it is made with another version of peft: {chosen}")
        elif chosen in KINDS:
            make(chosen)
        else:
            merged_by_hand(chosen, *MIXTURES[chosen])
