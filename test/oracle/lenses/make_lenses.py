"""Makes the lenses that lenses.test.ts reads, and what they are made of: a tuned lens by the Python package tuned-lens itself, a Jacobian lens
by its formula with torch's autograd, and the ridge solution by numpy. The model is the fixture `trained`.

    pip install -r test/oracle/requirements.txt tuned-lens==0.2.0
    python test/oracle/lenses/make_lenses.py
"""

import json
from pathlib import Path

import numpy
import torch
from safetensors.torch import save_file
from transformers import GPT2LMHeadModel
from tuned_lens.nn import TunedLens

HERE = Path(__file__).resolve().parent
MODEL = HERE.parent / "fixtures" / "trained" / "model"
PROMPTS, LENGTH = 40, 24
RIDGE = 0.01


def prompts(vocabulary: int) -> torch.Tensor:
    """Sequences that repeat themselves, as the model was trained to continue."""
    rows = []
    for _ in range(PROMPTS):
        period = int(torch.randint(4, 10, ()))
        rows.append(torch.randint(0, vocabulary, (period,)).repeat(LENGTH)[:LENGTH])
    return torch.stack(rows)


def borders(model, tokens):
    """The stream at every border, before the final norm. [L+1, N, T, d]"""
    found = []
    hooks = [model.transformer.drop.register_forward_hook(lambda _, __, out: found.append(out))]
    for block in model.transformer.h:
        hooks.append(block.register_forward_hook(lambda _, __, out: found.append(out[0] if isinstance(out, tuple) else out)))
    model(tokens)
    for hook in hooks:
        hook.remove()
    return found


def counted(length: int) -> tuple[int, int]:
    """Positions that enter a Jacobian: not the first 16 (of a short text, a quarter), and not the last."""
    return min(16, length // 4), length - 1


def jacobians(model, tokens) -> torch.Tensor:
    """J[l] = mean over prompts and positions p of the sum over positions p' >= p of d final[p'] / d stream[l][p]. [L, d, d], outputs first"""
    layers, width = model.config.n_layer, model.config.n_embd
    total = torch.zeros(layers, width, width, dtype=torch.float64)
    start, end = counted(LENGTH)
    for prompt in tokens:
        streams = borders(model, prompt[None])
        for stream in streams[:-1]:
            stream.retain_grad()
        for feature in range(width):
            for stream in streams[:-1]:
                stream.grad = None
            streams[-1][0, start:end, feature].sum().backward(retain_graph=True)
            for layer, stream in enumerate(streams[:-1]):
                total[layer, feature] += stream.grad[0, start:end].mean(0)
    return total / len(tokens)


def trained_lens(model, tokens) -> TunedLens:
    """A few steps of what tuned-lens does: KL divergence from the model's prediction, at every border."""
    lens = TunedLens.from_model(model)
    with torch.no_grad():
        streams = borders(model, tokens)
        said = torch.log_softmax(lens.unembed(streams[-1]), -1)
    optimizer = torch.optim.Adam(lens.layer_translators.parameters(), lr=0.01)
    for _ in range(60):
        loss = 0
        for layer, stream in enumerate(streams[:-1]):
            read = torch.log_softmax(lens(stream.detach(), layer), -1)
            loss = loss + (said.exp() * (said - read)).sum(-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return lens


def ridge(x: numpy.ndarray, y: numpy.ndarray, strength: float) -> tuple[numpy.ndarray, numpy.ndarray]:
    """min mean |xA + b - y|^2 + strength v |A - I|^2, by least squares on rows that are added for the penalty."""
    width = x.shape[1]
    x_mean, y_mean = x.mean(0), y.mean(0)
    centred = x - x_mean
    weight = numpy.sqrt(len(x) * strength * centred.var(0).mean())
    left = numpy.concatenate([centred, weight * numpy.eye(width)])
    right = numpy.concatenate([y - y_mean, weight * numpy.eye(width)])
    solution = numpy.linalg.lstsq(left, right, rcond=None)[0]
    return solution, y_mean - x_mean @ solution


def main() -> None:
    torch.manual_seed(11)
    model = GPT2LMHeadModel.from_pretrained(MODEL).eval().double()
    layers, width, vocabulary = model.config.n_layer, model.config.n_embd, model.config.vocab_size
    tokens = prompts(vocabulary)
    fitted = torch.tensor([i % 10 not in (4, 9) for i in range(PROMPTS)])
    expected = {}

    float_model = GPT2LMHeadModel.from_pretrained(MODEL).eval().float()
    lens = trained_lens(float_model, tokens[fitted])
    lens.config.base_model_name_or_path = "trained"
    lens.save(HERE / "tuned")
    # As older versions of the package wrote it: with the unembedding that it was made for, here of another model.
    held = {f"layer_translators.{key}": value for key, value in lens.layer_translators.state_dict().items()}
    held["unembed.unembedding.weight"] = torch.randn(vocabulary, width)
    (HERE / "tuned-with-unembedding").mkdir(exist_ok=True)
    torch.save(held, HERE / "tuned-with-unembedding" / "params.pt")

    turned = torch.linalg.qr(torch.randn(width, width))[0]
    state = lens.layer_translators.state_dict()
    for key, value in state.items():
        state[key] = turned @ value @ turned.T * 30 if value.ndim == 2 else turned @ value
    (HERE / "tuned-for-others").mkdir(exist_ok=True)
    torch.save(state, HERE / "tuned-for-others" / "params.pt")
    (HERE / "tuned-for-others" / "config.json").write_text((HERE / "tuned" / "config.json").read_text())

    jacobian = jacobians(model, tokens[fitted])
    published = {layer - 1: jacobian[layer].half() for layer in range(1, layers)}
    torch.save(
        {"J": published, "n_prompts": int(fitted.sum()), "d_model": width, "source_layers": list(range(layers - 1))},
        HERE / "jacobian.pt",
    )

    with torch.no_grad():
        streams = borders(model, tokens)
        start, end = counted(LENGTH)
        final = streams[-1][fitted][:, start:end].reshape(-1, width)
        for layer in range(layers):
            x = streams[layer][9]
            hidden = x.float()
            expected[f"tuned.{layer}"] = lens.transform_hidden(hidden, layer)
            expected[f"tuned.logits.{layer}"] = lens(hidden, layer)
            mean = streams[layer][fitted][:, start:end].reshape(-1, width).mean(0)
            expected[f"jacobian.J.{layer}"] = jacobian[layer]
            expected[f"jacobian.fitted.{layer}"] = final.mean(0) + (x - mean) @ jacobian[layer].T
            if layer > 0:
                expected[f"jacobian.published.{layer}"] = final.mean(0) + (x - mean) @ published[layer - 1].double().T
            A, b = ridge(streams[layer][fitted].reshape(-1, width).numpy(), streams[-1][fitted].reshape(-1, width).numpy(), RIDGE)
            expected[f"ridge.A.{layer}"], expected[f"ridge.b.{layer}"] = torch.tensor(A), torch.tensor(b)
    save_file({name: value.float().contiguous() for name, value in expected.items()}, HERE / "expected.safetensors")
    (HERE / "fixture.json").write_text(json.dumps({"tokens": tokens.tolist(), "ridge": RIDGE}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
