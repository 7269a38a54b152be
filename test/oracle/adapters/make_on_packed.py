"""Writes adapters for bases whose weights are packed, or lie in GGUF: those of quantised/ and gguf/, and what the merged model computes.

    pip install -r test/oracle/requirements.txt peft==0.21.2 accelerate==1.15.0
    python test/oracle/adapters/make_on_packed.py

The base that torch is given holds the dequantised weights, in F32. PEFT makes the adapter, and merges it into them.
"""

import hashlib
import json
import shutil
import sys
import tempfile
import zlib
from pathlib import Path

import gguf
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers.utils import logging

HERE = Path(__file__).resolve().parent
for folder in ("families", "quantised", "gguf"):
    sys.path.insert(0, str(HERE.parent / folder))

import make_models  # noqa: E402
import make_quantised  # noqa: E402
from anatomies import ANATOMIES  # noqa: E402
from checkpoints import TOKENS, Fixture, random_model, rope, small  # noqa: E402
from tracer import load_reference, trace  # noqa: E402

OUT = HERE / "on-packed" / "fixtures"
LLAMA = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
GPT2 = ["c_attn", "c_proj", "c_fc"]
LATENT = ["q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"]
# Parameters, each of which holds the matrices of all experts of a block.
STACKS = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"]
PHI3 = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]


def nf4(stored: dict[str, torch.Tensor], name: str, shape: torch.Size) -> torch.Tensor:
    """What bitsandbytes unpacks: an entry of a table times the scale of its block, which may be packed in turn."""
    state = json.loads(bytes(stored[next(key for key in stored if key.startswith(f"{name}.quant_state."))].tolist()))
    packed = stored[name].flatten().int()
    entries = stored[f"{name}.quant_map"][torch.stack([packed >> 4, packed & 15], 1).flatten().long()]
    scales = stored[f"{name}.absmax"]
    if f"{name}.nested_absmax" in stored:
        outer = stored[f"{name}.nested_absmax"].repeat_interleave(state["nested_blocksize"])[: scales.numel()]
        scales = stored[f"{name}.nested_quant_map"][scales.long()] * outer + state["nested_offset"]
    return (entries.view(-1, state["blocksize"]) * scales[:, None]).view(shape)


def quantised(name: str):
    """The model of a fixture of packed safetensors, each dequantised weight of which has the fixture’s checksum."""
    model = random_model(zlib.crc32(name.encode()), make_quantised.tiny(name))
    stored = load_file(HERE.parent / "quantised" / "fixtures" / name / "model" / "model.safetensors")
    turned = name.endswith("gpt2")
    weights = json.loads((HERE.parent / "quantised" / "fixtures" / name / "fixture.json").read_text())["weights"]
    for key, checksum in weights.items():
        parameter = model.get_parameter(key)
        if name.startswith("nf4"):
            weight = nf4(stored, key, parameter.shape)
        else:
            pack, _config, _is_packed = make_quantised.KINDS[name]
            weight = pack((parameter.T if turned else parameter).detach().contiguous(), key.removesuffix(".weight")).weight
        assert hashlib.sha256(weight.contiguous().numpy().tobytes()).hexdigest() == checksum, key
        with torch.no_grad():
            parameter.copy_(weight.T if turned else weight)
    return model


def packed_stacks(name: str):
    """The same of a model whose experts are packed in stacks: each dequantised matrix of which has its checksum."""
    model = random_model(zlib.crc32(name.encode()), make_quantised.tiny(name)).bfloat16().float()
    weights = json.loads((HERE.parent / "quantised" / "fixtures" / name / "fixture.json").read_text())["weights"]
    pack, _config, _is_packed = make_quantised.KINDS[name]
    for key in sorted({key.split("[")[0] for key in weights}):
        parameter = model.get_parameter(key)
        stack = pack(parameter.detach().clone(), key).weight
        for expert, matrix in enumerate(stack):
            assert hashlib.sha256(matrix.contiguous().numpy().tobytes()).hexdigest() == weights[f"{key}[{expert}]"], key
        with torch.no_grad():
            parameter.copy_(stack.mT)
    return model


def gguf_blocks(name: str):
    """The model of a GGUF file of blocks, dequantised by the package `gguf`."""
    width, _kinds = make_models.QUANTISED[name]
    config = small(hidden_size=width, intermediate_size=width, num_hidden_layers=2, rope_parameters=rope())
    model = random_model(zlib.crc32(name.encode()), Fixture("llama", config, scale=1 / width**0.5))
    reader = gguf.GGUFReader(make_models.OUT / name / "model.gguf")
    tensors = {tensor.name: gguf.quants.dequantize(tensor.data, tensor.tensor_type) for tensor in reader.tensors}
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, model.config.num_hidden_layers)
    with torch.no_grad():
        for own, parameter in model.named_parameters():
            key = make_models.found(names, own)
            parameter.copy_(torch.from_numpy(make_models.back(key, tensors[key], model.config).copy()).view(parameter.shape))
    return model


def gguf_own(name: str):
    return random_model(zlib.crc32(name.encode()), make_models.OWN[name][1])


def gguf_copy(name: str):
    return load_reference(make_models.FAMILIES / make_models.COPIES[name][1] / "model").float()


def gguf_by_heads(name: str):
    model = gguf_own(name)
    list(make_models.in_blocks_by_heads(model))
    return model


def gguf_gpt_oss(name: str):
    *kinds, layer_types = make_models.GPT_OSS[name]
    model = make_models.gpt_oss(name, layer_types)
    list(make_models.of_gpt_oss(model, *kinds))
    return model


# The base, relative to the folder of fixtures, how torch is given it, and what is adapted.
KINDS = {
    "nf4": ("quantised/fixtures/nf4/model", quantised, LLAMA),
    "gptq-gpt2": ("quantised/fixtures/gptq-gpt2/model", quantised, GPT2),
    "nf4-phi3": ("quantised/fixtures/nf4-phi3/model", quantised, PHI3),
    "fp8-minicpm3": ("quantised/fixtures/fp8-minicpm3/model", quantised, [*LATENT, "gate_proj", "up_proj", "down_proj"]),
    "gguf-llama-blocks-of-32": ("gguf/fixtures/llama-blocks-of-32/model.gguf", gguf_blocks, LLAMA),
    "gguf-deepseek2-blocks": ("gguf/fixtures/deepseek2-blocks/model.gguf", gguf_by_heads, LATENT),
    "gguf-gpt2": ("gguf/fixtures/gpt2/model.gguf", gguf_own, GPT2),
    "gguf-gpt-neox": ("gguf/fixtures/gpt-neox/model.gguf", gguf_copy, ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"]),
    "gguf-falcon-grouped": ("gguf/fixtures/falcon-grouped/model.gguf", gguf_copy, ["query_key_value", "dense_4h_to_h"]),
    "mxfp4": ("quantised/fixtures/mxfp4/model", packed_stacks, STACKS),
    "gguf-gpt-oss": ("gguf/fixtures/gpt-oss/model.gguf", gguf_gpt_oss, STACKS),
    "gguf-qwen3-moe": ("gguf/fixtures/qwen3-moe/model.gguf", gguf_copy, STACKS),
    "gguf-phi3": ("gguf/fixtures/phi3/model.gguf", gguf_copy, PHI3),
}  # fmt: skip


def make(name: str) -> None:
    base, read, targets = KINDS[name]
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "adapter").mkdir(parents=True)
    model = read(name.removeprefix("gguf-"))
    what = dict(target_modules=["o_proj"], target_parameters=targets) if targets == STACKS else dict(target_modules=targets)
    settings = dict(r=3, lora_alpha=5, fan_in_fan_out=targets == GPT2, **what)
    adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **settings))
    torch.manual_seed(zlib.crc32(name.encode()))
    with torch.no_grad():
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                parameter.copy_(torch.randn_like(parameter) * 0.2)
    with tempfile.TemporaryDirectory() as saved:
        adapted.save_pretrained(saved)
        config = json.loads((Path(saved) / "adapter_config.json").read_text()) | {"base_model_name_or_path": "someone/base"}
        (folder / "adapter" / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
        save_file(load_file(Path(saved) / "adapter_model.safetensors"), folder / "adapter" / "adapter_model.safetensors", metadata={"format": "pt"})
    merged = adapted.merge_and_unload()
    with tempfile.TemporaryDirectory() as checkpoint:
        merged.save_pretrained(checkpoint)
        seen = trace(load_reference(Path(checkpoint)), ANATOMIES[model.config.model_type](model.config), list(TOKENS))
    kept = {key: value.float().contiguous() for key, value in seen.items() if ".normed_" not in key and ".latent_" not in key and key != "uncapped"}
    save_file(kept, folder / "expected.safetensors")
    (folder / "fixture.json").write_text(json.dumps({"tokens": list(TOKENS), "base": base}) + "\n")
    print(name, sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for name in sys.argv[1:] or KINDS:
        make(name)
