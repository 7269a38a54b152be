"""Writes, beside each adapter, what its updates of the matrices that write to the stream add, as PEFT computes it.

    pip install -r test/oracle/requirements.txt peft==0.21.2 accelerate==1.15.0
    python test/oracle/adapters/make_updates.py
"""

import json
import re
import sys
from pathlib import Path

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from make_adapters import MIXTURES, is_of_other_version

FIXTURES = Path(__file__).resolve().parent / "fixtures"
# Modules that write to the stream, and the ids of the nodes that show their updates.
WRITERS = (
    (r"\.(\d+)\.(self_attn|attn)\.(o_proj|c_proj)$", "blocks.{}.attn.W_O.adapter"),
    (r"\.(\d+)\.mlp\.(down_proj|c_proj)$", "blocks.{}.mlp.W_out.adapter"),
)


def node_of(module: str) -> str | None:
    for pattern, name in WRITERS:
        if found := re.search(pattern, module):
            return name.format(found[1])
    return None


def make(folder: Path) -> None:
    base = AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32, attn_implementation="eager")
    # The default implementation of experts wants sizes that are multiples of 16 bytes.
    base.config._experts_implementation = "eager"
    # What branches add is made smaller by MiniCPM.
    smaller = base.config.scale_depth / base.config.num_hidden_layers**0.5 if getattr(base.config, "scale_depth", None) else 1
    model = PeftModel.from_pretrained(base, folder / "adapter").eval()
    seen: dict[str, torch.Tensor] = {}

    def watch(name: str, layer: LoraLayer) -> None:
        def keep(_module, _inputs, output) -> None:
            seen[name] = (output[0] * layer.scaling["default"] * smaller).detach().float().contiguous()

        layer.lora_B["default"].register_forward_hook(keep)

    for name, module in model.named_modules():
        node = node_of(name)
        if node is not None and isinstance(module, LoraLayer):
            watch(node, module)
    tokens = json.loads((folder / "fixture.json").read_text())["tokens"]
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0]
    save_file({**seen, "logits": logits.float().contiguous()}, folder / "updates.safetensors")
    print(folder.name, sorted(seen), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    for found in [FIXTURES / name for name in sys.argv[1:]] or sorted(FIXTURES.iterdir()):
        # Adapters of single experts have theirs from make_adapters.py: transformers stacks experts now, and PEFT cannot load them.
        if found.name not in MIXTURES and not is_of_other_version(found.name):
            make(found)
