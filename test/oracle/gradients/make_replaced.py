"""Makes the oracle of gradients behind experts that are replaced: torch's autograd through hooks that put other outputs in their place.

    python test/oracle/gradients/make_replaced.py

For each checkpoint: the logit of a token as it changes with the stream that enters every block, and what was put in an expert's place, or a neuron's, times
the gradient there. They are replaced in the last block, by what they write on another prompt or by the mean over several.
"""

import json
import sys
from pathlib import Path

import torch
from transformers.utils import logging

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "families"), str(HERE.parent / "interventions")]
from anatomies import ANATOMIES  # noqa: E402
from make_interventions import EXPERT, change_expert, written_by  # noqa: E402
from tracer import load_reference, part, trace  # noqa: E402

# Without norms after the mixture, with one, with a shared expert and a multiplier, with scores on what experts read.
NAMES = ["olmoe", "flex-olmo", "granitemoeshared", "llama4"]
TOKENS = [3, 14, 15, 9, 26, 53]
POSITION, TARGET, LAYER = 4, 7, 1
LONGER, SAME = [8, 60, 2, 33, 19, 47, 5, 30], [3, 14, 22, 9, 26, 7]
CASES = {
    "two experts of a longer prompt": [("blocks.1.mlp.expert.0", [LONGER]), ("blocks.1.mlp.expert.1", [LONGER])],
    "a neuron of each expert of a longer prompt": [(f"blocks.1.mlp.expert.{expert}.neuron.{expert + 2}", [LONGER]) for expert in range(4)],
    "the mean of neurons": [(f"blocks.1.mlp.expert.{expert}.neuron.{expert}", [LONGER, SAME]) for expert in range(4)],
    "the mean of experts": [(f"blocks.1.mlp.expert.{expert}", [LONGER, SAME]) for expert in range(3)],
}


def differentiated(model, anatomy, case) -> dict:
    blocks = part(model, anatomy.blocks)
    mlp = part(blocks[LAYER], anatomy.mixture)
    entering, yielded, handles = [], [], []
    instead = {}
    for name, prompts in case:
        donors = [trace(model, anatomy, tokens, checked=False) for tokens in prompts]
        donors = [{key.removeprefix(f"blocks.{LAYER}."): value for key, value in donor.items()} for donor in donors]
        handles.append(change_expert(mlp, name, None, donors))
        for position in range(POSITION + 1):
            partners = [(donor, position - len(TOKENS) + len(donor["mlp.hook_post"])) for donor in donors]
            seen = [
                written_by(mlp, (donor["mlp.hook_post"], donor["mlp.hook_expert_indices"]), partner, *map(int, filter(None, EXPERT.search(name).groups())))
                for donor, partner in partners
                if partner >= 0
            ]
            instead[name, position] = torch.stack(seen).mean(0)

    def enter(_module, args, kwargs):
        x = (args[0] if args else kwargs["hidden_states"]).detach().requires_grad_() if not entering else (args[0] if args else kwargs["hidden_states"])
        x.retain_grad()
        entering.append(x)
        return (x, *args[1:]), kwargs if args else kwargs | {"hidden_states": x}

    def leave(_module, _args, output):
        yielded.append(output[0] if isinstance(output, tuple) else output)
        yielded[0].retain_grad()

    handles += [block.register_forward_pre_hook(enter, with_kwargs=True) for block in blocks]
    handles.append(mlp.register_forward_hook(leave))
    value = model(input_ids=torch.tensor([TOKENS]), use_cache=False).logits[0, POSITION, TARGET]
    value.backward()
    for handle in handles:
        handle.remove()
    gradient = yielded[0].grad.reshape(len(TOKENS), -1)
    effects = [[float(instead[name, position] @ gradient[position]) for position in range(POSITION + 1)] for name, _ in case]
    return {
        "interventions": [{"component": name, **({"over": prompts} if len(prompts) > 1 else {"tokens": prompts[0]})} for name, prompts in case],
        "value": rounded(value),
        "pre": [rounded(x.grad[0, : POSITION + 1].flatten()) for x in entering],
        "effects": effects,
    }


def rounded(x: torch.Tensor):
    return [float(f"{number:.7g}") for number in x.tolist()] if x.ndim else float(f"{x:.7g}")


def main() -> None:
    found = {}
    for name in NAMES:
        model = load_reference(HERE.parent / "families" / "fixtures" / name / "model")
        anatomy = ANATOMIES[model.config.model_type](model.config)
        found[name] = {what: differentiated(model, anatomy, case) for what, case in CASES.items()}
        print(name, {what: case["value"] for what, case in found[name].items()}, flush=True)
    question = {"tokens": TOKENS, "position": POSITION, "target": TARGET, "layer": LAYER}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(cases)}" for name, cases in found.items())
    (HERE / "replaced.json").write_text(f'{{"question": {json.dumps(question)},\n"found": {{\n{lines}\n}}}}\n')


if __name__ == "__main__":
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    main()
