"""Makes the tokenizer fixtures: small tokenizers of three kinds, and what the reference implementation makes of text.

    pip install tokenizers==0.23.3
    python test/oracle/make_tokenizer_fixture.py

Writes test/fixtures/tokenizers/<kind>/tokenizer.json (trained here, on the sentences below) and expected.json with the ids
and offsets that the Python package `tokenizers` gives. Offsets are UTF-16 units, as JavaScript counts.
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

OUT = Path(__file__).parent.parent / "fixtures" / "tokenizers"

CORPUS = [
    "The capital of Japan is the city of Tokyo. The capital of France is the city of Paris.",
    "She opened the window and the cold air of the morning came into the room.",
    "The opposite of hot is cold; the opposite of early is late, isn't it? They've said we'll see, I'd think.",
    "In 1984 there were 12 months and 366 days; in 2023 there are 365.",
    "Der schnelle braune Fuchs springt über den faulen Hund. Die Hauptstadt von Österreich ist Wien.",
    "La capitale de la France est la ville de Paris, où l'on a déjà mangé des crêpes à Noël.",
    "El niño comió mañana en España; ¿dónde está la señora?",
    "Столица России — город Москва. Мир и война.",
    "日本の首都は東京です。東京は大きな都市です。",
    "中国的首都是北京。",
    "대한민국의 수도는 서울이다.",
    "عاصمة اليابان هي طوكيو. السلام عليكم.",
    "עיר הבירה של יפן היא טוקיו. שלום.",
    "นี่คือกรุงเทพมหานคร",
    "भारत की राजधानी नई दिल्ली है।",
    "def main():\n    return [x * 2 for x in range(10)]\n",
    "😀 😀 🎉 👍 ❤️ ☕ 👩‍💻",
]

PROMPTS = [
    "The capital of Japan is the city of",
    " Tokyo",
    "a",
    " ",
    "   leading and trailing   ",
    "tabs\tand\nnew lines\r\n\r\n  indented",
    "It's they've we'll I'd don't CAN'T 'quoted'",
    "naïve café — “déjà vu” … Österreich",
    "cafe\u0301 e\u0301e\u0300 n\u0303 a\u0323\u0302",
    "日本の首都は東京です。中国的首都是北京。",
    "대한민국 \u1112\u1161\u11ab\u1100\u116e\u11a8",
    "عاصمة اليابان هي طوكيو",
    "שלום עולם",
    "ภาษาไทย भारत की राजधानी",
    "😀👍🏽 👩‍💻👨‍👩‍👧‍👦 🇯🇵 ❤️ ☕x",
    "𝒜𝓁𝓅𝒽𝒶 𐍈 \U0001F9FF\U000E0067",
    "zero\u200bwidth \u202ertl\u202c bom\ufeffin \ufeff side",
    "\ufeffstarts with a mark",
    "nel\u0085next \u0085 \u0085\u0085 line\u2028sep\u2029 nb\u00a0sp\u3000wide",
    "control\u0000\u0001\u001b[31mred\u007f",
    "<script>alert(\"x\")</script> &amp; <b>bold</b>",
    "before<|endoftext|>after <|endoftext|> <|endoftext|",
    "<|endoftext|>",
    "<|end|> spaced <|end|>  both <|end|>",
    "½ ² Ⅷ ٣ ४२ 12,345.67",
    "replacement \ufffd here",
    "don\u2019t ▁ underscore _ ▁▁x",
    "ﬁne ①②③ ＦＵＬＬ",
    "x" * 40 + " " * 7 + "y",
]


def utf16(text: str) -> list[int]:
    """UTF-16 offset of every code point of `text`, and of its end."""
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if ord(character) > 0xFFFF else 1))
    return offsets


def byte_level() -> Tokenizer:
    """As GPT-2 has it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    train(tokenizer, 900, pre_tokenizers.ByteLevel.alphabet(), ["<|endoftext|>"])
    return tokenizer


def normalized_with_start() -> Tokenizer:
    """Byte-level with NFC, a pattern of its own, a start token, and an added token that swallows white space."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    pattern = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), behavior="isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, 450, pre_tokenizers.ByteLevel.alphabet(), ["<|endoftext|>", "<|start|>"])
    tokenizer.add_special_tokens([AddedToken("<|end|>", lstrip=True, rstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|start|> $A", pair="<|start|> $A <|start|> $B", special_tokens=[("<|start|>", tokenizer.token_to_id("<|start|>"))]
    )
    return tokenizer


def sentencepiece() -> Tokenizer:
    """As Llama has it: spaces are written as marks, one is put in front, rare characters fall back to their bytes."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(content=" ", left=1)]
    )
    specials = ["<unk>", "<s>", "</s>", "<|endoftext|>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    latin = [sentence for sentence in CORPUS if sentence.isascii() or "ü" in sentence or "é" in sentence]
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=560, special_tokens=specials, show_progress=False)
    tokenizer.train_from_iterator([f" {sentence}".replace(" ", " ▁") for sentence in latin], trainer)
    tokenizer.pre_tokenizer = None
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    definition = json.loads(tokenizer.to_str())
    # The bytes are ordinary tokens of the model, not texts to look for in a prompt.
    definition["added_tokens"] = [token for token in definition["added_tokens"] if not token["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(definition))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
    )
    return tokenizer


def train(tokenizer: Tokenizer, size: int, alphabet: list[str], specials: list[str]) -> None:
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, special_tokens=specials, show_progress=False)
    tokenizer.train_from_iterator(CORPUS * 2, trainer)


def expectations(tokenizer: Tokenizer) -> list[dict]:
    expected = []
    for prompt in PROMPTS:
        encoding = tokenizer.encode(prompt)
        at = utf16(prompt)
        expected.append(
            {"text": prompt, "ids": encoding.ids, "offsets": [[at[start], at[end]] for start, end in encoding.offsets]}
        )
    return expected


def main() -> None:
    for name, make in [("byte-level", byte_level), ("normalized", normalized_with_start), ("sentencepiece", sentencepiece)]:
        folder = OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer = make()
        definition = json.loads(tokenizer.to_str())
        (folder / "tokenizer.json").write_text(json.dumps(definition, ensure_ascii=False, separators=(",", ":")) + "\n")
        lines = ",\n".join(json.dumps(case) for case in expectations(tokenizer))
        (folder / "expected.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
