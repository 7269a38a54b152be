"""GPT-2, written for speed on a CPU; ``save`` writes it as Hugging Face's ``GPT2LMHeadModel``."""
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file


@dataclass
class Shape:
    vocab_size: int = 4096
    n_positions: int = 256
    n_embd: int = 192
    n_layer: int = 8
    n_head: int = 6


class Block(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        width = shape.n_embd
        self.heads = shape.n_head
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.attn_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.c_fc, self.mlp_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows, length, width = x.shape
        qkv = self.c_attn(self.ln_1(x)).view(rows, length, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        z = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attn_proj(z.transpose(1, 2).reshape(rows, length, width))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class GPT2(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.wte, self.wpe = nn.Embedding(shape.vocab_size, shape.n_embd), nn.Embedding(shape.n_positions, shape.n_embd)
        self.h = nn.ModuleList(Block(shape) for _ in range(shape.n_layer))
        self.ln_f = nn.LayerNorm(shape.n_embd)
        for name, value in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(value)
            elif value.dim() == 2:
                deep = name.endswith(("attn_proj.weight", "mlp_proj.weight"))
                nn.init.normal_(value, std=0.02 / (2 * shape.n_layer) ** 0.5 if deep else 0.02)

    @torch.no_grad()
    def add_waves(self, seed: int, waves: int = 32, norm: float = 1.0) -> None:
        """Add sines and cosines (periods 3 to 200, on random orthogonal directions) to the new position embeddings.

        Neighbouring positions then differ by one fixed rotation, which is what a head needs in order to attend to the
        previous token. They are trained on like any other weight.
        """
        count, width = self.wpe.weight.shape
        periods = torch.logspace(math.log10(3), math.log10(200), waves)
        angles = torch.arange(count)[:, None] * (2 * math.pi / periods)
        signal = torch.cat([angles.sin(), angles.cos()], 1) * norm / waves ** 0.5
        directions = torch.linalg.qr(torch.randn(width, 2 * waves, generator=torch.Generator().manual_seed(seed)))[0]
        self.wpe.weight += signal @ directions.T

    def forward(self, tokens: torch.Tensor, depth: int | None = None) -> torch.Tensor:
        """The residual stream after the final norm, having run the first ``depth`` blocks (all by default)."""
        x = self.wte(tokens) + self.wpe.weight[:tokens.shape[1]]
        for block in self.h[:depth]:
            x = block(x)
        return self.ln_f(x)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden @ self.wte.weight.T


def hugging_face(model: GPT2) -> dict[str, torch.Tensor]:
    """The weights under the names and in the layout of ``GPT2LMHeadModel`` (its ``Conv1D`` is [in, out])."""
    names = {"c_attn": "attn.c_attn", "attn_proj": "attn.c_proj", "c_fc": "mlp.c_fc", "mlp_proj": "mlp.c_proj"}
    out = {}
    for name, value in model.state_dict().items():
        part = name.split(".")[-2]
        if part in names:
            name = name.replace(part, names[part])
            value = value.T if value.dim() == 2 else value
        out["transformer." + name] = value.detach().to("cpu", torch.float16).contiguous()
    return out


def save(model: GPT2, folder: Path) -> None:
    """Write ``model.safetensors`` (F16) and ``config.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(hugging_face(model), str(folder / "model.safetensors"), metadata={"format": "pt"})
    config = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "activation_function": "gelu_new",
              **asdict(model.shape), "n_ctx": model.shape.n_positions, "n_inner": None, "layer_norm_epsilon": 1e-5,
              "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0, "initializer_range": 0.02,
              "scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False, "reorder_and_upcast_attn": False,
              "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": 0, "use_cache": True,
              "torch_dtype": "float16", "dtype": "float16"}
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
