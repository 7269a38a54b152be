"""Makes the oracle fixtures: checkpoints, and what the reference implementation computes on them.

    pip install -r test/oracle/requirements.txt
    python test/oracle/make_fixtures.py              # all
    python test/oracle/make_fixtures.py visit-small  # only these; run this one, make_centred.py and insight/make_insight.py whenever models/visit-small changes

The reference is `transformers` (modules observed with hooks) on `torch`, both in float64, stored as float32; GPT-2 is one of
the anatomies of `families/`, and what is read of its passes is written out there.

A fixture is a folder `fixtures/<name>/` with `model/` (a checkpoint as published), `expected.safetensors` and
`fixture.json` (what was asked). `visit-small` has no `model/` of its own: it reads models/visit-small.
"""

import hashlib
import json
import math
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

HERE = Path(__file__).resolve().parent
FIXTURES = HERE / "fixtures"
VISIT_SMALL = HERE.parent.parent / "models" / "visit-small"
LENS_K = 20
sys.path.insert(0, str(HERE / "families"))
from anatomies import ANATOMIES  # noqa: E402
from readings import SOME_NEURONS, lens, project  # noqa: E402
from tracer import load_reference, trace  # noqa: E402


# ---------------------------------------------------------------------------------------------------------- checkpoints


def random_model(seed, **config):
    """A GPT-2 whose weights are large enough that attention is uneven, biases matter and logits differ."""
    defaults = dict(
        vocab_size=97, n_positions=16, n_embd=16, n_layer=2, n_head=2, bos_token_id=None, eos_token_id=None
    )
    torch.manual_seed(seed)
    model = GPT2LMHeadModel(GPT2Config(**{**defaults, **config})).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 2:
                parameter.copy_(torch.randn_like(parameter) * 0.25)
            else:
                base = 1.0 if ".ln_" in name and name.endswith("weight") else 0.0
                parameter.copy_(base + torch.randn_like(parameter) * 0.2)
    return model


def trained_model():
    """A GPT-2 trained for about a minute to continue a sequence that repeats itself, so that it grows induction heads."""
    torch.manual_seed(7)
    length, vocabulary = 24, 64
    config = GPT2Config(
        vocab_size=vocabulary, n_positions=length, n_embd=40, n_layer=3, n_head=4,
        bos_token_id=None, eos_token_id=None, embd_pdrop=0.0, attn_pdrop=0.0, resid_pdrop=0.0,
    )  # fmt: skip
    model = GPT2LMHeadModel(config)
    steps = 2000
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps, pct_start=0.1)
    for step in range(steps):
        period = int(torch.randint(4, 9, ()))
        segment = torch.randint(0, vocabulary, (64, period))
        batch = segment.repeat(1, math.ceil(length / period))[:, :length]
        logits = model(batch).logits[:, period - 1 : -1]
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, vocabulary), batch[:, period:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 250 == 0 or step == steps - 1:
            print(f"  step {step}: loss {loss.item():.3f}", flush=True)
    return model.eval()


def save_without_prefix(model, folder):
    """As the first GPT-2 checkpoints were published: no `transformer.`, and with the causal masks that nobody reads."""
    model.config.save_pretrained(folder)
    tensors = {name.removeprefix("transformer."): value.contiguous() for name, value in model.state_dict().items()}
    del tensors["lm_head.weight"]
    n = model.config.n_positions
    for layer in range(model.config.n_layer):
        tensors[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(n, n)).view(1, 1, n, n)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


# ------------------------------------------------------------------------------------------------------------- readings


def lens_rows(model, trace, projections, position):
    """Vectors of every kind that a graph reads: streams, heads, rows and columns of weights, and a zero vector."""
    rows = [trace["embed"][position], torch.zeros(model.config.n_embd)]
    for l, heads in projections.items():
        block = model.transformer.h[l]
        rows += [trace[f"blocks.{l}.hook_resid_{at}"][position] for at in ("pre", "mid", "post")]
        rows += [*heads["query"], *heads["head_out"], *heads["keys"][0], *heads["values"][0]]
        rows += [block.attn.c_proj.bias, heads["mlp_bias_in"], *block.attn.c_proj.weight[:3]]
        rows += [*block.mlp.c_fc.weight.T[:3], *block.mlp.c_proj.weight[:3]]
    # The engine is given these rows in float32, so the reference reads the very same numbers.
    return torch.stack(rows).float().double()


# ------------------------------------------------------------------------------------------------------------- fixtures


# Biases of GPT-2 are weights as they stand, and its logits are not capped.
NOT_KEPT = {"attn_bias", "mlp_bias_out", "uncapped"}


def expect(folder, model_folder, tokens, position, keep=lambda name: True, layers=None, k=LENS_K):
    """Writes expected.safetensors and fixture.json."""
    model = load_reference(model_folder)
    anatomy = ANATOMIES[model.config.model_type](model.config)
    seen = trace(model, anatomy, tokens)
    layers = list(range(model.config.n_layer)) if layers is None else layers
    target = int(seen["logits"][position].argmax())
    expected = {name: value for name, value in seen.items() if keep(name)}
    with torch.no_grad():
        projections = {l: project(model, anatomy, seen, l, position) for l in layers}
        anchor = seen[f"blocks.{model.config.n_layer - 1}.hook_resid_post"][position]
        readings = lens(model, anatomy, lens_rows(model, seen, projections, position), target, anchor, k)
    expected |= {f"project.{l}.{name}": value for l in layers for name, value in projections[l].items() if name not in NOT_KEPT}
    expected |= {f"lens.{name}": value for name, value in readings.items() if name not in NOT_KEPT}
    stored = {k: (v if v.dtype == torch.int32 else v.float()).contiguous() for k, v in expected.items()}
    save_file(stored, folder / "expected.safetensors")
    fixture = {"tokens": tokens, "position": position, "target": target, "k": k, "neurons": SOME_NEURONS, "layers": layers}
    if model_folder == VISIT_SMALL:
        digest = hashlib.sha256((model_folder / "model.safetensors").read_bytes()).hexdigest()
        fixture |= {"model": "models/visit-small", "weightsSha256": digest}
    (folder / "fixture.json").write_text(json.dumps(fixture, indent=2) + "\n")


def fresh(name):
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "model").mkdir(parents=True)
    return folder


def random_fixture(name, seed, save=None, tokens=(3, 14, 15, 92, 65, 35), k=LENS_K, **config):
    def make():
        folder = fresh(name)
        model = random_model(seed, **config)
        (save or (lambda m, to: m.save_pretrained(to)))(model, folder / "model")
        expect(folder, folder / "model", list(tokens), len(tokens) - 2, k=k)

    return make


def trained_fixture():
    model = trained_model()
    folder = fresh("trained")
    model.save_pretrained(folder / "model")
    expect(folder, folder / "model", [5, 41, 17, 60, 2, 33, 5, 41, 17, 60, 2], 10)


def visit_small_fixture():
    from tokenizers import Tokenizer

    folder = FIXTURES / "visit-small"
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(VISIT_SMALL / "tokenizer.json"))
    tokens = tokenizer.encode("The capital of Japan is the city of").ids
    last = json.loads((VISIT_SMALL / "config.json").read_text())["n_layer"] - 1
    chosen = ("resid_post", f"blocks.{last}.attn.hook_pattern", f"blocks.{last}.hook_attn_out", "ln_final")
    expect(folder, VISIT_SMALL, tokens, len(tokens) - 1, lambda name: any(part in name for part in chosen), [last])


MAKERS = {
    "random": random_fixture(
        "random", 1, tokens=(1, 330, 7, 7, 128, 64, 200, 299, 13, 42, 99),
        k=5, vocab_size=331, n_positions=23, n_embd=30, n_layer=3, n_head=5, n_inner=53,
    ),
    "trained": trained_fixture,
    "float16": random_fixture("float16", 2, lambda m, to: m.half().save_pretrained(to), activation_function="gelu"),
    "bfloat16": random_fixture("bfloat16", 3, lambda m, to: m.bfloat16().save_pretrained(to), activation_function="relu"),
    "sharded": random_fixture("sharded", 4, lambda m, to: m.save_pretrained(to, max_shard_size="9KB"), activation_function="silu"),
    "untied": random_fixture("untied", 5, tie_word_embeddings=False, vocab_size=101, scale_attn_weights=False),
    "scaled-by-layer": random_fixture("scaled-by-layer", 6, scale_attn_by_inverse_layer_idx=True, n_layer=3, activation_function="quick_gelu"),
    "without-prefix": random_fixture("without-prefix", 8, save_without_prefix, n_head=1, layer_norm_epsilon=1e-3),
    "visit-small": visit_small_fixture,
}  # fmt: skip

if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in sys.argv[1:] or MAKERS:
        print(name, flush=True)
        MAKERS[name]()
