"""Makes the oracle fixtures: checkpoints, and what the reference implementation computes on them.

    pip install -r test/oracle/requirements.txt
    python test/oracle/make_fixtures.py              # all
    python test/oracle/make_fixtures.py visit-small  # only these; run this one, and insight/make_insight.py, whenever models/visit-small changes

The reference is `transformers` (modules observed with hooks) on `torch`, both in float64, stored as float32. The
projections of heads and the lens are written out in torch below, straight from docs/method.md.

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
SOME_NEURONS = [11, 2, 5, 0]


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


# ------------------------------------------------------------------------------------------------------------ reference


def run_with_hooks(model, tokens):
    """Every tensor of the trace under its name, without the batch axis."""
    found = {}
    config = model.config
    heads, width = config.n_head, config.n_embd // config.n_head
    length = len(tokens)

    def keep(name):
        def hook(_module, _inputs, output):
            found[name] = (output[0] if isinstance(output, tuple) else output).detach().squeeze(0)

        return hook

    def keep_input(name):
        def hook(_module, inputs):
            found[name] = inputs[0].detach().squeeze(0)

        return hook

    transformer = model.transformer
    handles = [
        transformer.wte.register_forward_hook(keep("embed")),
        transformer.wpe.register_forward_hook(keep("pos_embed")),
        transformer.ln_f.register_forward_hook(keep("ln_final.hook_normalized")),
    ]
    for l, block in enumerate(transformer.h):
        at = f"blocks.{l}."

        def keep_attention(_module, _inputs, output, at=at):
            found[at + "hook_attn_out"] = output[0].detach().squeeze(0)
            found[at + "attn.hook_pattern"] = output[1].detach().squeeze(0)

        def keep_qkv(_module, _inputs, output, at=at):
            for name, part in zip("qkv", output.detach().squeeze(0).chunk(3, dim=-1)):
                found[at + f"attn.hook_{name}"] = part.reshape(length, heads, width)

        handles += [
            block.register_forward_pre_hook(keep_input(at + "hook_resid_pre")),
            block.register_forward_hook(keep(at + "hook_resid_post")),
            block.ln_1.register_forward_hook(keep(at + "ln1.hook_normalized")),
            block.attn.register_forward_hook(keep_attention),
            block.attn.c_attn.register_forward_hook(keep_qkv),
            block.attn.c_proj.register_forward_pre_hook(keep_input(at + "attn.hook_z")),
            block.ln_2.register_forward_pre_hook(keep_input(at + "hook_resid_mid")),
            block.ln_2.register_forward_hook(keep(at + "ln2.hook_normalized")),
            block.mlp.act.register_forward_hook(keep(at + "mlp.hook_post")),
            block.mlp.register_forward_hook(keep(at + "hook_mlp_out")),
        ]
    with torch.no_grad():
        found["logits"] = model(torch.tensor([tokens])).logits.squeeze(0)
    for handle in handles:
        handle.remove()
    for l in range(config.n_layer):
        name = f"blocks.{l}.attn.hook_z"
        found[name] = found[name].reshape(length, heads, width)
    return found


def project_heads(model, trace, layer, position):
    """Queries, keys, values and outputs of all heads in the residual basis; norms of what neurons write."""
    block = model.transformer.h[layer]
    d, heads = model.config.n_embd, model.config.n_head
    width = d // heads
    w_q, w_k, _ = (w.reshape(d, heads, width) for w in block.attn.c_attn.weight.chunk(3, dim=1))
    w_o = block.attn.c_proj.weight.reshape(heads, width, d)
    q, k, v, z = (trace[f"blocks.{layer}.attn.hook_{name}"] for name in "qkvz")
    return {
        "query": torch.einsum("hk,dhk->hd", q[position], w_k),
        "keys": torch.einsum("thk,dhk->htd", k, w_q),
        "values": torch.einsum("thk,hkd->htd", v, w_o),
        "head_out": torch.einsum("hk,hkd->hd", z[position], w_o),
        "o_norms": block.attn.c_proj.weight.norm(dim=1),
        "value_norms": block.mlp.c_proj.weight.norm(dim=1),
        "o_rows": block.attn.c_proj.weight[SOME_NEURONS],
        "neuron_keys": block.mlp.c_fc.weight.T[SOME_NEURONS],
        "neuron_values": block.mlp.c_proj.weight[SOME_NEURONS],
        "mlp_bias_in": block.mlp.c_fc.bias @ block.mlp.c_proj.weight,
    }


def lens(model, rows, target, anchor, k):
    """Everything that the lens says about rows; `anchor` is the final stream whose norm scale is frozen for the shares."""
    norm, unembed = model.transformer.ln_f, model.lm_head.weight
    logits = model.lm_head(norm(rows))
    log_p = torch.log_softmax(logits, dim=-1)
    p = log_p.exp()
    k = min(k, logits.shape[-1])
    top, bottom = logits.topk(k), logits.topk(k, largest=False)
    scale = torch.sqrt(anchor.var(unbiased=False) + norm.eps)
    centred = rows - rows.mean(dim=-1, keepdim=True)
    return {
        "rows": rows,
        "topIds": top.indices.int(),
        "topLogits": top.values,
        "topProbabilities": p.gather(-1, top.indices),
        "bottomIds": bottom.indices.int(),
        "bottomLogits": bottom.values,
        "bottomProbabilities": p.gather(-1, bottom.indices),
        "targetLogits": logits[:, target],
        "targetProbabilities": p[:, target],
        "targetRanks": (1 + (logits > logits[:, target, None]).sum(dim=-1)).int(),
        "entropies": -(p * log_p).sum(dim=-1) / math.log(2),
        "norms": rows.norm(dim=-1),
        "shares": (centred * norm.weight / scale) @ unembed[target],
        "normBias": (norm.bias @ unembed[target]).reshape(1),
    }


def lens_rows(model, trace, position, layers):
    """Vectors of every kind that a graph reads: streams, heads, rows and columns of weights, and a zero vector."""
    rows = [trace["embed"][position], torch.zeros(model.config.n_embd)]
    for l in layers:
        block = model.transformer.h[l]
        heads = project_heads(model, trace, l, position)
        rows += [trace[f"blocks.{l}.hook_resid_{at}"][position] for at in ("pre", "mid", "post")]
        rows += [*heads["query"], *heads["head_out"], *heads["keys"][0], *heads["values"][0]]
        rows += [block.attn.c_proj.bias, heads["mlp_bias_in"], *block.attn.c_proj.weight[:3]]
        rows += [*block.mlp.c_fc.weight.T[:3], *block.mlp.c_proj.weight[:3]]
    # The engine is given these rows in float32, so the reference reads the very same numbers.
    return torch.stack(rows).float().double()


# ------------------------------------------------------------------------------------------------------------- fixtures


def load_reference(folder):
    """The checkpoint as it was stored, widened to float64."""
    model = GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    return model.double().eval()


def expect(folder, model_folder, tokens, position, keep=lambda name: True, layers=None, k=LENS_K):
    """Writes expected.safetensors and fixture.json."""
    model = load_reference(model_folder)
    trace = run_with_hooks(model, tokens)
    layers = list(range(model.config.n_layer)) if layers is None else layers
    target = int(trace["logits"][position].argmax())
    expected = {name: value for name, value in trace.items() if keep(name)}
    with torch.no_grad():
        for l in layers:
            for name, value in project_heads(model, trace, l, position).items():
                expected[f"project.{l}.{name}"] = value
        anchor = trace[f"blocks.{model.config.n_layer - 1}.hook_resid_post"][position]
        for name, value in lens(model, lens_rows(model, trace, position, layers), target, anchor, k).items():
            expected[f"lens.{name}"] = value
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
