"""Writes the published folder: weights, configuration and tokenizer, as any GPT-2 tool expects them."""
import json
import shutil
import sys
from pathlib import Path

PARTS = ("model.safetensors", "config.json")


def publish(run: Path, tokenizer: Path, out: Path) -> None:
    """Copy the exported weights of a run and its tokenizer into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    for name in PARTS:
        temporary = out / (name + ".tmp")
        shutil.copyfile(run / "export" / name, temporary)
        temporary.replace(out / name)
    bpe = json.loads((tokenizer / "tokenizer.json").read_text(encoding="utf-8"))
    merges = [" ".join(pair) if isinstance(pair, list) else pair for pair in bpe["model"]["merges"]]
    write(out / "tokenizer.json", json.dumps(bpe, ensure_ascii=False, separators=(",", ":")))
    write(out / "vocab.json", json.dumps(bpe["model"]["vocab"], ensure_ascii=False, separators=(",", ":")))
    write(out / "merges.txt", "#version: 0.2\n" + "\n".join(merges))
    end = "<|endoftext|>"
    write(out / "tokenizer_config.json", json.dumps({
        "add_prefix_space": False, "bos_token": end, "clean_up_tokenization_spaces": False, "eos_token": end,
        "model_max_length": 256, "tokenizer_class": "GPT2Tokenizer", "unk_token": end}, indent=2))
    write(out / "generation_config.json", json.dumps({"bos_token_id": 0, "eos_token_id": 0, "do_sample": False}, indent=2))


def write(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    publish(*(Path(argument) for argument in sys.argv[1:4]))
