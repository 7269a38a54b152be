"""Writes tokenizers as GGUF files hold them, and the ids that `tokenizers` and `sentencepiece` give for the prompts of the other fixtures.

    pip install -r test/oracle/requirements.txt
    python test/oracle/gguf/make_tokenizers.py

Of byte-level BPE there is one vocabulary; texts are cut by what tokenizer.json of the models says that llama.cpp gives each name to.
"""

import json
import sys
import tempfile
from pathlib import Path

import gguf
import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from make_tokenizer_fixture import CORPUS, PROMPTS, RUNS, train  # noqa: E402

OUT = HERE / "fixtures" / "tokenizers"

LLAMA_3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
TEKKEN = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
GPT_4O = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
DEEPSEEK_3 = [
    r"\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+",
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""",
]  # fmt: skip
SENTENCES = r" ?[^(\s|[.,!?…。，、।۔،])]+"

gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
isolated = lambda pattern: pre_tokenizers.Split(Regex(pattern), behavior="isolated")
split = lambda *patterns: pre_tokenizers.Sequence([*map(isolated, patterns), bytes_only])
digits = pre_tokenizers.Digits(individual_digits=True)

# How texts are cut, whether they are composed before, and whether words of the vocabulary are taken whole.
PRE = {
    "gpt-2": (gpt2, False, False), "llama-bpe": (split(LLAMA_3), False, True), "dbrx": (split(LLAMA_3), False, False),
    "qwen2": (split(QWEN), True, False), "tekken": (split(TEKKEN), False, True), "gpt-4o": (split(GPT_4O), False, False),
    "deepseek-v3": (split(*DEEPSEEK_3), False, False),
    "deepseek-coder": (pre_tokenizers.Sequence([*map(isolated, [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-\ud7ff]+"]), digits, bytes_only]), False, False),
    "falcon": (pre_tokenizers.Sequence([
        pre_tokenizers.Punctuation(behavior="contiguous"), gpt2, pre_tokenizers.Digits(individual_digits=False), isolated("[0-9][0-9][0-9]"),
    ]), False, False),
    "mpt": (gpt2, True, False), "olmo": (gpt2, True, False), "starcoder": (pre_tokenizers.Sequence([digits, gpt2]), False, False),
    "smollm": (pre_tokenizers.Sequence([digits, gpt2]), False, False), "refact": (pre_tokenizers.Sequence([digits, gpt2]), False, False),
    "command-r": (pre_tokenizers.Sequence([digits, gpt2]), True, False), "stablelm2": (split(QWEN), True, False),
    "bloom": (split(SENTENCES), False, False), "viking": (pre_tokenizers.Sequence([isolated(SENTENCES), digits, bytes_only]), False, False),
}  # fmt: skip


def byte_level() -> dict:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = gpt2
    train(tokenizer, 700, pre_tokenizers.ByteLevel.alphabet(), [])
    definition = json.loads(tokenizer.to_str())
    # Words without a merge, which only some kinds of tokenizers know.
    del definition["model"]["merges"][-120:]
    model = definition["model"]
    expected = {}
    for name, (cut, is_composed, takes_words) in PRE.items():
        reference = Tokenizer.from_str(json.dumps(definition | {"model": model | {"ignore_merges": takes_words}}))
        reference.pre_tokenizer = cut
        reference.normalizer = normalizers.NFC() if is_composed else None
        reference.decoder = decoders.ByteLevel()
        reference.add_special_tokens(["<|begin|>", "<|endoftext|>"])
        reference.add_tokens([AddedToken("<tool_call>", normalized=False)])
        expected[name] = [reference.encode(prompt).ids for prompt in PROMPTS]
    tokens = sorted(model["vocab"], key=model["vocab"].get) + ["<|begin|>", "<|endoftext|>", "<tool_call>"]
    kind = gguf.TokenType
    writer = gguf.GGUFWriter(OUT / "byte-level.gguf", "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([kind.NORMAL] * (len(tokens) - 3) + [kind.CONTROL, kind.CONTROL, kind.USER_DEFINED])
    writer.add_token_merges([" ".join(merge) for merge in model["merges"]])
    writer.add_bos_token_id(len(tokens) - 3)
    writer.add_add_bos_token(False)
    finish(writer)
    return expected


def sentence_piece(name: str, has_prefix: bool, symbols: list[str]) -> list[list[int] | None]:
    """A model trained here; ids are those of the library that it comes from, with a mark in front. None: what llama.cpp reads otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.txt"
        corpus.write_text("\n".join([*CORPUS, *RUNS.split("\n")] * 3))
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=f"{folder}/model", model_type="bpe", vocab_size=700, byte_fallback=True,
            normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=has_prefix,
            user_defined_symbols=symbols, minloglevel=2, character_coverage=0.98,
        )  # fmt: skip
        model = sentencepiece.SentencePieceProcessor(model_file=f"{folder}/model.model")
    ids = range(model.vocab_size())
    kind = gguf.TokenType

    def type_of(id: int):
        checks = {kind.UNKNOWN: model.is_unknown, kind.CONTROL: model.is_control, kind.UNUSED: model.is_unused, kind.BYTE: model.is_byte}
        special = next((type for type, check in checks.items() if check(id)), kind.NORMAL)
        return kind.USER_DEFINED if model.id_to_piece(id) in symbols else special

    writer = gguf.GGUFWriter(OUT / f"{name}.gguf", "llama")
    writer.add_tokenizer_model("llama")
    writer.add_token_list([model.id_to_piece(id) for id in ids])
    writer.add_token_scores([-1000.0 if model.id_to_piece(id) in symbols else model.get_score(id) for id in ids])
    writer.add_token_types([type_of(id) for id in ids])
    writer.add_bos_token_id(model.bos_id())
    if not has_prefix:
        writer.add_add_space_prefix(False)
    finish(writer)
    # Texts of control tokens are those tokens in a GGUF file and plain text to the library, which also ends a text at a zero byte, and
    # takes a mark that is written in a text for a space before it looks for what was added by hand.
    others = ("<s>", "</s>", "<unk>", "\0", *(["▁"] if symbols else []))
    own = lambda prompt: any(text in prompt for text in others)
    return [None if own(prompt) else [model.bos_id(), *model.encode(prompt)] for prompt in PROMPTS]


def finish(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    expected = {
        "prompts": PROMPTS,
        "byteLevel": byte_level(),
        "sentencePiece": sentence_piece("sentence-piece", True, []),
        "withoutPrefix": sentence_piece("without-prefix", False, ["▁▁", "▁▁▁▁", "<table>"]),
    }
    (OUT / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
