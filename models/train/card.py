"""Writes the model card, with every figure taken from ``grading.json``, ``readable.json`` and the training log."""
import json
import re
import sys
from pathlib import Path

CARD = Path(__file__).resolve().parent / "card.md"
LABELS = {"capital recall": "capital recall, all 195 states", "country facts": "other country facts",
          "indirect object": "indirect-object identification", "induction": "induction, 6 to 14 random words",
          "agreement and pronouns": "agreement and pronouns", "sequences": "sequences", "other facts": "other facts",
          "sums": "sums and differences to 20"}


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def table(head: list[str], rows: list[list]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def heads(found: list[dict], looks: str) -> str:
    """The first heads of the list that attend mostly where ``looks`` says."""
    rows = [row for row in found if row.get(looks, 0) > 0.5][:3]
    return ", ".join(f"`{row['head']}` adds {row['adds']:.2f} (attention {row[looks]:.2f})" for row in rows) or "none"


def verdict(total: dict) -> str:
    if "required" not in total:
        return "–"
    missing = total["required"] - total["share"]
    return f"≥ {100 * total['required']:.0f} %: " + ("reached" if missing <= 0 else f"missed by {100 * missing:.1f} points")


def calibration(folder: Path) -> str:
    """How well shares and estimates predict, as ``visit calibrate`` found."""
    file = folder / "calibration.json"
    if not file.exists():
        return "Not measured yet."
    found = json.loads(file.read_text(encoding="utf-8"))
    kinds = {"head": "heads", "neuron": "neurons", "attention": "attention layers", "mlp": "feed-forward layers"}
    places = {"last": "last", "earlier": "between", "first": "first"}
    rows = {(row["kind"], row["place"], row["depth"]): row for row in found["rows"]}
    depths = ["early", "middle", "late"]

    def cell(kind: str, place: str, depth: str, predictor: str) -> str:
        pair = rows[kind, place, depth]["correlations"].get(predictor)
        return f"{pair['pearson']:.2f} / {pair['spearman']:.2f}" if pair else "–"

    spans = ["{from}–{to}".format(**rows["head", "last", depth]["layers"]) for depth in depths]
    head = ["", "position", "raw share", "centred share", "estimate", *(f"estimate, blocks {span}" for span in spans)]
    lines = [[kinds[kind], places[place], *(cell(kind, place, "all", by) for by in ("raw", "centred", "estimated")),
              *(cell(kind, place, depth, "estimated") for depth in depths)]
             for kind, place, depth in rows if depth == "all"]
    return table(head, lines)


def calibration_size(folder: Path) -> tuple[str, str]:
    """Prompts, and components that were switched off."""
    file = folder / "calibration.json"
    found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"prompts": 0, "measured": 0}
    return f"{found['prompts']:,}", f"{found['measured']:,}"


def fill(folder: Path, run: Path) -> str:
    grades = json.loads((folder / "grading.json").read_text(encoding="utf-8"))
    inside = json.loads((folder / "readable.json").read_text(encoding="utf-8"))
    grade_rows = [[LABELS[name], f"{total['right']} of {total['of']}", percent(total["share"]), verdict(total)]
                  for name, total in grades["categories"].items()]
    part_rows = [[name, f"{part['right']} of {part['of']}", "{right} of {of}".format(**part["with a trailing space"])]
                 for name, part in grades["parts"].items()]
    wrong = [row for row in grades["curious prompts"] if not row["right"]]
    wrong_spaced = [row for row in grades["curious prompts"] if not row["right with a trailing space"]]
    layers = len(next(iter(inside["lens by layer"].values()))["top 10"])
    lens_rows = [[name, *(f"{100 * share:.0f}" for share in row["top 10"])] for name, row in inside["lens by layer"].items()]
    first_rows = [[name, *(f"{100 * share:.0f}" for share in row["top 1"])] for name, row in inside["lens by layer"].items()]
    head = ["answer in the top …, % of prompts, after block"] + [str(layer) for layer in range(layers)]
    movers = inside["name movers"]
    neurons = [row for row in inside["capital neurons"] if row["capitals in its top 20"] >= 10][:4]
    log = (run / "log.txt").read_text(encoding="utf-8")
    last = re.findall(r"^(\d+) loss .* tokens ([\d.]+)M .* minutes ([\d.]+)", log, re.M)[-1]
    always = inside["always-active neurons"]
    values = {
        "GRADES": table(["behaviour", "right", "share", "required"], grade_rows),
        "PARTS": table(["part", "right", "right with a trailing space"], part_rows),
        "CURIOUS": f"{grades['curious']['right']} of {grades['curious']['of']}",
        "CURIOUS_SPACE": f"{grades['curious']['right with a trailing space']} of {grades['curious']['of']}",
        "CURIOUS_WRONG": "; ".join(f"`{row['prompt']}`" for row in wrong).replace("\n", "⏎") or "none",
        "CURIOUS_SPACE_WRONG": "; ".join(f"`{row['prompt']}`" for row in wrong_spaced).replace("\n", "⏎") or "none",
        "WHOLE": "{right} of {of}".format(**grades["whole answers"]["capital recall"]),
        "PERPLEXITY": table(["over", "perplexity"], [[k, v] for k, v in grades["perplexity"].items() if k != "tokens"]),
        "PERPLEXITY_TOKENS": f"{grades['perplexity']['tokens']:,}",
        "LENS10": table([head[0].replace("…", "10"), *head[1:]], lens_rows),
        "LENS1": table([head[0].replace("in the top …", "ranked first"), *head[1:]], first_rows),
        "PREVIOUS": ", ".join(f"`{name}` {value:.2f}" for value, name in inside["previous-token heads"][:3]),
        "INDUCTION": ", ".join(f"`{name}` {value:.2f}" for value, name in inside["induction heads"][:3]),
        "MOVERS": heads(movers, "attention to the indirect object"),
        "SHUNNERS": heads(movers, "attention to the subject"),
        "MOVERS_TOTAL": f"{movers[0]['mean logit(IO) - logit(S)']:.2f}", "MOVERS_COUNT": movers[0]["prompts"],
        "NEURONS": table(["neuron", "mean before a capital", "mean elsewhere", "capitals among its 20 top tokens", "top tokens"],
                         [[f"`{row['neuron']}`", row["mean before a capital"], row["mean elsewhere"],
                           row["capitals in its top 20"], " ".join(f"`{token.strip()}`" for token in row["top tokens"][:6])]
                          for row in neurons]),
        "ALWAYS": ", ".join(f"`{name}` {100 * share:.0f} %" for name, share in list(always["share of prompts"].items())[:6]),
        "ALWAYS_PROMPTS": always["prompts"],
        "CALIBRATION": calibration(folder),
        "CALIBRATION_PROMPTS": calibration_size(folder)[0], "CALIBRATION_MEASURED": calibration_size(folder)[1],
        "STEPS": last[0], "TOKENS": last[1], "MINUTES": last[2],
    }
    text = CARD.read_text(encoding="utf-8")
    return re.sub(r"@@(\w+)@@", lambda match: str(values[match.group(1)]), text)


if __name__ == "__main__":
    out, run_folder = Path(sys.argv[1]), Path(sys.argv[2])
    (out / "README.md").write_text(fill(out, run_folder), encoding="utf-8")
