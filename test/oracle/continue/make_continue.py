"""What transformers continues a prompt with, greedily, for 64 tokens: every checkpoint of this folder's neighbours, widened so that there is room.

    python test/oracle/continue/make_continue.py              # all
    python test/oracle/continue/make_continue.py gemma2 opt   # only these

A widened checkpoint has the same weights; its config says 128 positions, and tables of learned positions go on from their first row
(`widened.ts` does the same). Prompts are chosen so that the winner is never nearly tied: in another order of summation it would be another. Kept are the tokens and the winners' logits.
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "families"))
from tracer import load_reference  # noqa: E402

POSITIONS = 128
TOKENS = 64
# Least difference of the logits of winner and runner-up.
MARGIN = 2e-3
LENGTHS = ["max_position_embeddings", "n_positions", "max_seq_len", "seq_length"]
TABLES = ["wpe.weight", "embed_positions.weight", "positions_embed.weight"]


def folders():
    for parent in (HERE.parent / "fixtures", HERE.parent / "families" / "fixtures"):
        for folder in sorted(parent.iterdir()):
            if (folder / "model" / "config.json").exists():
                yield folder.name, folder


def widen(model: Path, to: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    length = next((config[name] for name in LENGTHS if config.get(name)), None)
    for scaling in (config.get("rope_parameters"), config.get("rope_scaling")):
        # A length that is stretched stays what it is, and is stretched further.
        if scaling and scaling.get("rope_type", scaling.get("type")) == "dynamic" and "alpha" not in scaling:
            scaling["factor"] = POSITIONS / length
            config["max_position_embeddings"] = length
            break
    else:
        config |= {name: POSITIONS for name in LENGTHS if config.get(name)}
    (to / "config.json").write_text(json.dumps(config))
    for file in model.glob("*.safetensors*"):
        if file.suffix == ".json":
            (to / file.name).write_bytes(file.read_bytes())
            continue
        tensors = load_file(file)
        for name, table in tensors.items():
            if any(name.endswith(end) for end in TABLES):
                rows = torch.arange(len(table) + POSITIONS - length) % len(table)
                tensors[name] = table[rows].contiguous()
        save_file(tensors, to / file.name, metadata={"format": "pt"})


def continued(model, prompt, use_cache):
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    answer = model.generate(
        torch.tensor([prompt]), max_new_tokens=TOKENS, do_sample=False, use_cache=use_cache,
        return_dict_in_generate=True, output_logits=True,
    )  # fmt: skip
    two = torch.stack([logits[0].topk(2).values for logits in answer.logits])
    return answer.sequences[0, len(prompt):].tolist(), two[:, 0].tolist(), float((two[:, 0] - two[:, 1]).min())


def main() -> None:
    file = HERE / "expected.json"
    expected = json.loads(file.read_text()) if file.exists() else {}
    for name, folder in folders():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        tokens = json.loads((folder / "fixture.json").read_text())["tokens"]
        with tempfile.TemporaryDirectory() as scratch:
            widen(folder / "model", Path(scratch))
            model = load_reference(Path(scratch))
            # Where rotation depends on how long the text is, keys that were kept are of another text: every token is a pass of its own.
            scaling = getattr(model.config, "rope_parameters", None) or {}
            use_cache = scaling.get("rope_type") not in ("dynamic", "longrope")
            best = None
            for start in range(40):
                prompt = [tokens[(start + i) % len(tokens)] for i in range(len(tokens) if start < 12 else 5 + start % 7)]
                if start >= 24:
                    prompt = [(token + start) % min(60, model.config.vocab_size) for token in prompt]
                # Rotation that depends on length is kept by the model from the longest text that it has seen.
                fresh = model if use_cache else load_reference(Path(scratch))
                case = (prompt, *continued(fresh, prompt, use_cache))
                # Many a random model says one thing again and again; a few more prompts are tried for one that does not.
                if best is None or min(case[3], MARGIN) >= min(best[3], MARGIN) and len(set(case[1])) > len(set(best[1])):
                    best = case
                if best[3] >= MARGIN and (len(set(best[1])) > 3 or start >= 6):
                    break
        prompt, ids, logits, margin = best
        print(f"{name}: {len(set(ids))} different tokens, margin {margin:.1e}, cache {use_cache}", flush=True)
        assert margin > 1e-4, name
        expected[name] = {"prompt": prompt, "tokens": ids, "logits": [float(f"{logit:.7g}") for logit in logits]}
    lines = [f"{json.dumps(name)}: {json.dumps(case)}" for name, case in sorted(expected.items())]
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n")


with torch.no_grad():
    torch.set_num_threads(1)
    main()
