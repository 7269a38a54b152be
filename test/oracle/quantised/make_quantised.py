"""Writes tiny Llamas, and a few others, whose weights are quantised, one for each way that a checkpoint packs them, and what transformers computes on what they stand for.

    pip install -r test/oracle/requirements.txt -r test/oracle/quantised/requirements.txt
    python test/oracle/quantised/make_quantised.py          # all
    python test/oracle/quantised/make_quantised.py gptq     # only these

bitsandbytes, compressed-tensors and MLX pack and unpack with their own packages, in F32; MXFP4 is unpacked by transformers. For GPTQ, AWQ and
FP8 the packing of AutoGPTQ, AutoAWQ and transformers is written out here, with the formula that undoes it. fixture.json has the SHA-256 of every dequantised weight.
"""

import hashlib
import json
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers.utils import logging

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "families"))

from anatomies import ANATOMIES  # noqa: E402
from checkpoints import TOKENS, Fixture, random_model, rope, small  # noqa: E402
from tracer import load_reference, trace  # noqa: E402

OUT = HERE / "fixtures"
GROUP = 32
AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)
SIZES = dict(hidden_size=64, intermediate_size=128, num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2)


class Packed:
    """What a layer is stored as, and what it stands for."""

    def __init__(self, parts: dict[str, torch.Tensor], weight: torch.Tensor) -> None:
        self.parts = parts
        self.weight = weight.float()


def grouped(weight: torch.Tensor, bits: int, symmetric: bool, groups=None):
    """Integers without sign [out, in], scales and zeros [out, groups] of groups of inputs, by rounding to nearest."""
    inputs = weight.shape[1]
    groups = torch.arange(inputs) // GROUP if groups is None else groups
    most = 2**bits - 1
    q, scales, zeros = torch.empty_like(weight), [], []
    for group in range(int(groups.max()) + 1):
        mine = groups == group
        part = weight[:, mine]
        if symmetric:
            scale = (part.abs().amax(1) * 2 / most).half()
            zero = torch.full_like(scale, 2 ** (bits - 1))
        else:
            low, high = part.amin(1).clamp(max=0), part.amax(1).clamp(min=0)
            scale = ((high - low) / most).half()
            zero = (-low / scale.float()).round().clamp(1, most).half()
        q[:, mine] = (part / scale.float()[:, None] + zero.float()[:, None]).round().clamp(0, most)
        scales.append(scale), zeros.append(zero)
    return q.int(), torch.stack(scales, 1), torch.stack(zeros, 1).int(), groups


def dequantised(q, scales, zeros, groups):
    return (q - zeros[:, groups]).float() * scales.float()[:, groups]


def words(values: torch.Tensor, bits: int, order=None) -> torch.Tensor:
    """Integers along the last axis in words of 32 bits, the first in the lowest bits."""
    per = 32 // bits
    by_word = values.numpy().astype(np.uint32).reshape(*values.shape[:-1], -1, per)
    packed = np.zeros(by_word.shape[:-1], dtype=np.uint32)
    for i in range(per):
        packed |= by_word[..., order[i] if order else i] << np.uint32(bits * i)
    return torch.from_numpy(packed.view(np.int32))


def gptq(bits: int, symmetric: bool = True, act_order: bool = False, version: int = 1):
    def pack(weight: torch.Tensor, _name: str) -> Packed:
        inputs = weight.shape[1]
        groups = torch.arange(inputs) // GROUP
        if act_order:
            groups = groups[torch.randperm(inputs, generator=torch.Generator().manual_seed(inputs))]
        q, scales, zeros, groups = grouped(weight, bits, symmetric, groups)
        stored = zeros - (1 if version == 1 else 0)
        return Packed(
            {
                "qweight": words(q, bits).T.contiguous(),
                "qzeros": words(stored.T.contiguous(), bits),
                "scales": scales.T.contiguous(),
                "g_idx": groups.int(),
            },
            dequantised(q, scales, zeros, groups),
        )

    config = dict(quant_method="gptq", bits=bits, group_size=GROUP, desc_act=act_order, sym=symmetric)
    return pack, config | ({} if version == 1 else {"checkpoint_format": "gptq_v2"})


def awq(weight: torch.Tensor, _name: str) -> Packed:
    q, scales, zeros, groups = grouped(weight, 4, False)
    parts = {
        "qweight": words(q.T.contiguous(), 4, AWQ_ORDER),
        "qzeros": words(zeros.T.contiguous(), 4, AWQ_ORDER),
        "scales": scales.T.contiguous(),
    }
    return Packed(parts, dequantised(q, scales, zeros, groups))


def awq_gemv(weight: torch.Tensor, _name: str) -> Packed:
    q, scales, zeros, groups = grouped(weight, 4, False)
    # Of groups of 32 inputs, words of zeros come in fours: what AutoAWQ calls calculate_zeros_width.
    width = -(-(-(-scales.shape[1] // 8)) // 4) * 4
    padded = lambda x: torch.nn.functional.pad(x, (0, 8 * width - x.shape[1]))
    parts = {"qweight": words(q, 4), "qzeros": words(padded(zeros), 4), "scales": padded(scales)}
    return Packed(parts, dequantised(q, scales, zeros, groups))


AWQ = dict(quant_method="awq", bits=4, group_size=GROUP, zero_point=True, version="gemm", modules_to_not_convert=["lm_head"])


def spread(scale: torch.Tensor, tile, shape) -> torch.Tensor:
    """A scale for every number, from one for every tile."""
    return scale.repeat_interleave(tile[0], 0)[: shape[0]].repeat_interleave(tile[1], 1)[:, : shape[1]]


def fp8(tile, scale_name: str, scale_shape=None, kind=torch.float8_e4m3fn, extra=()):
    """@param tile rows and columns that share a scale; 0: all"""

    def pack(weight: torch.Tensor, _name: str) -> Packed:
        sizes = [size or whole for size, whole in zip(tile, weight.shape)]
        rows, columns = (-(-whole // size) for size, whole in zip(sizes, weight.shape))
        scale = torch.empty(rows, columns)
        for r in range(rows):
            for c in range(columns):
                part = weight[r * sizes[0] : (r + 1) * sizes[0], c * sizes[1] : (c + 1) * sizes[1]]
                scale[r, c] = part.abs().max() / torch.finfo(kind).max
        every = spread(scale, sizes, weight.shape)
        q = (weight / every).to(kind)
        parts = {"weight": q, scale_name: scale.reshape(scale_shape) if scale_shape is not None else scale}
        parts |= {name: torch.tensor(0.5) for name in extra}
        return Packed(parts, q.float() * every)

    return pack


def bnb_4bit(kind: str, nested: bool):
    def pack(weight: torch.Tensor, _name: str) -> Packed:
        import bitsandbytes.functional as F

        q, state = F.quantize_4bit(weight, blocksize=64, quant_type=kind, compress_statistics=nested)
        parts = {"weight": q} | {f"weight.{key}": value for key, value in state.as_dict(packed=True).items()}
        return Packed(parts, F.dequantize_4bit(q, state))

    return pack


def bnb_8bit(weight: torch.Tensor, _name: str) -> Packed:
    import bitsandbytes.functional as F

    scale = weight.half().abs().amax(1).float()
    q = (weight.half().float() * 127 / scale[:, None]).round().to(torch.int8)
    parts = {"weight": q, "SCB": scale, "weight_format": torch.tensor(0, dtype=torch.uint8)}
    return Packed(parts, F.int8_vectorwise_dequant(q, scale))


def compressed(bits: int, symmetric: bool, act_order: bool = False):
    def pack(weight: torch.Tensor, _name: str) -> Packed:
        from compressed_tensors.compressors import pack_to_int32

        groups = torch.arange(weight.shape[1]) // GROUP
        if act_order:
            groups = groups[torch.randperm(len(groups), generator=torch.Generator().manual_seed(len(groups)))]
        q, scales, zeros, groups = grouped(weight, bits, symmetric, groups)
        middle = 2 ** (bits - 1)
        signed, signed_zeros = (q - middle).to(torch.int8), (zeros - middle).to(torch.int8)
        parts = {
            "weight_packed": pack_to_int32(signed, bits),
            "weight_scale": scales,
            "weight_shape": torch.tensor(weight.shape),
        }
        if not symmetric:
            parts["weight_zero_point"] = pack_to_int32(signed_zeros, bits, packed_dim=0).contiguous()
        if act_order:
            parts["weight_g_idx"] = groups.int()
        unpacked = (signed.float() - (0 if symmetric else signed_zeros.float()[:, groups])) * scales.float()[:, groups]
        return Packed(parts, unpacked)

    weights = dict(num_bits=bits, type="int", symmetric=symmetric, strategy="group", group_size=GROUP)
    return pack, compressed_config("pack-quantized", weights | ({"actorder": "group"} if act_order else {}))


def int8_rows(weight: torch.Tensor, _name: str) -> Packed:
    scale = weight.abs().amax(1, keepdim=True) / 127
    q = (weight / scale).round().to(torch.int8)
    return Packed({"weight": q, "weight_scale": scale.bfloat16()}, q.float() * scale.bfloat16().float())


def compressed_config(form: str, weights: dict) -> dict:
    return dict(
        quant_method="compressed-tensors", format=form, quantization_status="compressed", ignore=["lm_head"],
        config_groups={"group_0": {"targets": ["Linear"], "weights": weights}},
    )  # fmt: skip


def mlx(bits: int):
    def pack(weight: torch.Tensor, _name: str) -> Packed:
        import mlx.core as mx

        q, scales, biases = mx.quantize(mx.array(weight.numpy()), group_size=GROUP, bits=bits)
        # As published: scales and biases in 16 bits.
        scales, biases = (torch.from_numpy(np.array(x)).half() for x in (scales, biases))
        whole = mx.dequantize(q, mx.array(scales.float().numpy()), mx.array(biases.float().numpy()), group_size=GROUP, bits=bits)
        parts = {"weight": torch.from_numpy(np.array(q)), "scales": scales, "biases": biases}
        return Packed(parts, torch.from_numpy(np.array(whole)))

    return pack


def mxfp4(stack: torch.Tensor, _name: str) -> Packed:
    """Stacks [experts, inputs, outputs] as gpt-oss has them, each matrix packed as [outputs, inputs]."""
    from transformers.integrations.mxfp4 import FP4_VALUES, convert_moe_packed_tensors

    runs = stack.transpose(1, 2).unflatten(2, (-1, 32))
    # The largest number of a run gets the largest exponent; what is larger still than 6 becomes 6.
    exponent = runs.abs().amax(-1, keepdim=True).log2().floor() - 2
    codes = (runs[..., None] / 2.0 ** exponent[..., None] - torch.tensor(FP4_VALUES)).abs().argmin(-1).to(torch.uint8)
    scales = (exponent.squeeze(-1) + 127).to(torch.uint8)
    # Every number once, the negative zero too, with the smallest scale there is.
    codes[0, 0, 0], scales[0, 0, 0] = torch.arange(32, dtype=torch.uint8) % 16, 0
    blocks = codes[..., ::2] | codes[..., 1::2] << 4
    whole = convert_moe_packed_tensors(blocks, scales, dtype=torch.float32)
    assert (whole - stack)[1:].abs().amax() <= stack.abs().amax() / 4
    return Packed({"blocks": blocks, "scales": scales}, whole.transpose(1, 2))


MXFP4 = dict(
    quant_method="mxfp4",
    modules_to_not_convert=["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"],
)
MXFP4_MIXED = MXFP4 | {"modules_to_not_convert": [*MXFP4["modules_to_not_convert"], "model.layers.1.mlp.experts"]}

MLX_MIXED = {"group_size": GROUP, "bits": 4, "model.layers.0.mlp.down_proj": {"group_size": GROUP, "bits": 8}}


def mlx_mixed(weight: torch.Tensor, name: str) -> Packed:
    return mlx(8 if name == "model.layers.0.mlp.down_proj" else 4)(weight, name)


def is_layer(name: str) -> bool:
    return name.endswith(("_proj", "_proj_with_mqa")) or "c_" in name


def is_stack(name: str) -> bool:
    return name.endswith(("experts.gate_up_proj", "experts.down_proj"))


FP8_BLOCKS = dict(quant_method="fp8", activation_scheme="dynamic", weight_block_size=[48, 48])
DEEPSEEK_BLOCKS = dict(quant_method="fp8", activation_scheme="dynamic", fmt="e4m3", weight_block_size=[128, 128])
# Latent attention whose bottleneck, with the key that heads share, ends in the middle of a block of 128, and one whose layers come in groups of 32.
IN_BLOCKS = dict(
    hidden_size=132, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, q_lora_rank=10, kv_lora_rank=126,
    qk_nope_head_dim=6, qk_rope_head_dim=4, v_head_dim=7,
)
IN_GROUPS = dict(
    hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, q_lora_rank=64, kv_lora_rank=64,
    qk_nope_head_dim=16, qk_rope_head_dim=8, v_head_dim=32,
)
EXPERTS = dict(n_routed_experts=4, num_experts_per_tok=2, n_shared_experts=1, moe_intermediate_size=64, first_k_dense_replace=1)
# How layers are packed, what config.json says of it, and which modules are packed.
KINDS = {
    "fp8-blocks": (fp8((48, 48), "weight_scale_inv"), FP8_BLOCKS, is_layer),
    "fp8-tensor": (fp8((0, 0), "weight_scale_inv", (), extra=("activation_scale",)),
                   dict(quant_method="fp8", activation_scheme="static", weight_block_size=None), is_layer),
    "fp8-rows": (fp8((1, 0), "weight_scale"), compressed_config("float-quantized", dict(num_bits=8, type="float", strategy="channel")), is_layer),
    "fp8-e5m2": (fp8((0, 0), "weight_scale", (1,), torch.float8_e5m2, extra=("input_scale",)),
                 compressed_config("float-quantized", dict(num_bits=8, type="float", strategy="tensor")), is_layer),
    "int8-rows": (int8_rows, compressed_config("int-quantized", dict(num_bits=8, type="int", strategy="channel")), is_layer),
    "nf4": (lambda *a: bnb_4bit("nf4", False)(*a), dict(quant_method="bitsandbytes", load_in_4bit=True, bnb_4bit_quant_type="nf4"), is_layer),
    "nf4-nested": (lambda *a: bnb_4bit("nf4", True)(*a), dict(quant_method="bitsandbytes", load_in_4bit=True, bnb_4bit_use_double_quant=True,
                   bnb_4bit_quant_type="nf4", llm_int8_skip_modules=["lm_head"]), is_layer),
    "fp4": (lambda *a: bnb_4bit("fp4", True)(*a), dict(quant_method="bitsandbytes", load_in_4bit=True), is_layer),
    "llm-int8": (bnb_8bit, dict(quant_method="bitsandbytes", load_in_8bit=True), is_layer),
    "gptq": (*gptq(4), is_layer),
    "gptq-act-order": (*gptq(4, symmetric=False, act_order=True), is_layer),
    "gptq-8bit": (*gptq(8, symmetric=False), is_layer),
    "gptq-v2": (*gptq(4, symmetric=False, version=2), is_layer),
    "gptq-mixed": (*gptq(4), lambda name: is_layer(name) and "down_proj" not in name and ".0." not in name),
    "awq": (awq, AWQ, is_layer),
    "awq-head": (awq, AWQ | {"modules_to_not_convert": None}, lambda name: is_layer(name) or name == "lm_head"),
    "awq-gemv": (awq_gemv, AWQ | {"version": "gemv"}, is_layer),
    "pack-quantized": (*compressed(4, True), is_layer),
    "pack-quantized-zeros": (*compressed(4, False), is_layer),
    "pack-quantized-8bit": (*compressed(8, True), is_layer),
    "pack-quantized-act-order": (*compressed(4, False, act_order=True), is_layer),
    "mlx": (lambda *a: mlx(4)(*a), None, lambda name: is_layer(name) or name in ("model.embed_tokens", "lm_head")),
    "mlx-mixed": (mlx_mixed, None, is_layer),
    "mxfp4": (mxfp4, MXFP4, is_stack),
    "mxfp4-mixed": (mxfp4, MXFP4_MIXED, lambda name: is_stack(name) and ".0." in name),
    "gptq-gpt2": (*gptq(4), is_layer),
    "nf4-phi3": (lambda *a: bnb_4bit("nf4", True)(*a), dict(quant_method="bitsandbytes", load_in_4bit=True), is_layer),
    "fp8-minicpm3": (fp8((128, 128), "weight_scale_inv"), DEEPSEEK_BLOCKS, is_layer),
    "fp8-deepseek-v3": (fp8((128, 128), "weight_scale_inv"), DEEPSEEK_BLOCKS, is_layer),
    "gptq-deepseek-v2": (*gptq(4), is_layer),
    "awq-deepseek-v3": (awq, AWQ, is_layer),
    "nf4-deepseek-v2": (lambda *a: bnb_4bit("nf4", True)(*a), dict(quant_method="bitsandbytes", load_in_4bit=True), is_layer),
}  # fmt: skip


def tiny(name: str):
    vocabulary = 72 if name == "awq-head" else 67
    if name.endswith("gpt2"):
        return Fixture("gpt2", dict(vocab_size=67, n_positions=32, n_embd=64, n_layer=1, n_head=4, n_inner=128), scale=0.12)
    if name.endswith("phi3"):
        return Fixture("phi3", small(**SIZES, rope_parameters=rope()), scale=0.12)
    if name.startswith("mxfp4"):
        experts = dict(intermediate_size=64, num_hidden_layers=2, num_local_experts=4, num_experts_per_tok=2, head_dim=8, sliding_window=4)
        return Fixture("gpt_oss", small(**SIZES | experts, swiglu_limit=1.0, rope_parameters=rope()))
    if name == "fp8-minicpm3":
        return Fixture("minicpm3", small(**IN_BLOCKS, scale_emb=3.0, scale_depth=0.9, dim_model_base=8, rope_parameters=rope()), scale=0.12)
    if "deepseek" in name:
        own = dict(n_group=2, topk_group=1, routed_scaling_factor=1.7) if name.endswith("v3") else {}
        family = "deepseek_v3" if name.endswith("v3") else "deepseek_v2"
        sizes = IN_BLOCKS if name.startswith("fp8") else IN_GROUPS
        experts = EXPERTS | (dict(moe_intermediate_size=8) if name.startswith("fp8") else {})
        return Fixture(family, small(**sizes, **experts, **own, rope_parameters=rope()), scale=0.12)
    layers = 2 if name == "gptq-mixed" else 1
    return Fixture("llama", small(vocab_size=vocabulary, **SIZES | dict(num_hidden_layers=layers), rope_parameters=rope()), scale=0.12)


def make_as_published(name: str) -> None:
    """A model whose tensors have other names than the reference’s: each expert has its own. Written dequantised, too, it is read by the reference."""
    pack, quantisation, is_packed = KINDS[name]
    folder = OUT / name
    (folder / "model").mkdir(parents=True, exist_ok=True)
    stored, hashes = {}, {}
    with tempfile.TemporaryDirectory() as checkpoint:
        random_model(zlib.crc32(name.encode()), tiny(name)).save_pretrained(checkpoint)
        whole = load_file(Path(checkpoint) / "model.safetensors")
        for key, value in whole.items():
            module = key.removesuffix(".weight")
            if not is_packed(module) or value.ndim < 2:
                stored[key] = value
                continue
            packed = pack(value.contiguous(), module)
            stored |= {f"{module}.{part}": tensor.contiguous() for part, tensor in packed.parts.items()}
            hashes[key] = hashlib.sha256(packed.weight.contiguous().numpy().tobytes()).hexdigest()
            whole[key] = packed.weight.contiguous()
        assert hashes
        save_file(whole, Path(checkpoint) / "model.safetensors", metadata={"format": "pt"})
        config = json.loads((Path(checkpoint) / "config.json").read_text()) | {"quantization_config": quantisation}
        expect(folder, load_reference(Path(checkpoint)))
    (folder / "model" / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file(stored, folder / "model" / "model.safetensors", metadata={"format": "pt"})
    (folder / "fixture.json").write_text(json.dumps({"tokens": list(TOKENS), "weights": hashes}) + "\n")
    print(name, sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()), flush=True)


def make(name: str) -> None:
    if "deepseek" in name:
        make_as_published(name)
        return
    pack, quantisation, is_packed = KINDS[name]
    folder = OUT / name
    (folder / "model").mkdir(parents=True, exist_ok=True)
    model = random_model(zlib.crc32(name.encode()), tiny(name))
    is_published_in_16_bits = name.startswith("mxfp4")
    if is_published_in_16_bits:
        model = model.bfloat16().float()
    stored, hashes = {}, {}
    state = dict(model.state_dict())
    for key, value in state.items():
        module = key.removesuffix(".weight")
        if not is_packed(module) or value.ndim < 2:
            if key != "lm_head.weight" or not model.config.tie_word_embeddings:
                stored[key] = value.bfloat16() if is_published_in_16_bits else value.clone()
            continue
        turned = name.endswith("gpt2")
        packed = pack((value.T if turned else value).contiguous(), module)
        for part, tensor in packed.parts.items():
            stored[f"{module}{'.' if key != module else '_'}{part}"] = tensor.contiguous()
        matrices = {key: packed.weight} if value.ndim == 2 else {f"{key}[{e}]": one for e, one in enumerate(packed.weight)}
        for matrix, one in matrices.items():
            hashes[matrix] = hashlib.sha256(one.contiguous().numpy().tobytes()).hexdigest()
        with torch.no_grad():
            model.get_parameter(key).copy_(packed.weight.mT if turned or value.ndim > 2 else packed.weight)
    assert hashes
    config = json.loads(model.config.to_json_string())
    if quantisation is None:
        config["quantization"] = config["quantization_config"] = MLX_MIXED if name == "mlx-mixed" else {"group_size": GROUP, "bits": 4}
    else:
        config["quantization_config"] = quantisation
    config["architectures"] = [type(model).__name__]
    (folder / "model" / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file(stored, folder / "model" / "model.safetensors", metadata={"format": "mlx" if quantisation is None else "pt"})
    (folder / "fixture.json").write_text(json.dumps({"tokens": list(TOKENS), "weights": hashes}) + "\n")
    expect(folder, model)
    print(name, sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()), flush=True)


def expect(folder: Path, model) -> None:
    anatomy = ANATOMIES[model.config.model_type](model.config)
    with tempfile.TemporaryDirectory() as checkpoint:
        model.save_pretrained(checkpoint)
        seen = trace(load_reference(Path(checkpoint)), anatomy, list(TOKENS))
    kept = {key: value.float().contiguous() for key, value in seen.items() if ".normed_" not in key and ".latent_" not in key and key != "uncapped"}
    save_file(kept, folder / "expected.safetensors")


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for name in sys.argv[1:] or KINDS:
        make(name)
