"""Makes the tokenizer fixtures: small tokenizers of every kind, and what the reference implementation makes of text.

    pip install -r test/oracle/requirements.txt
    python test/oracle/make_tokenizer_fixture.py

Writes test/fixtures/tokenizers/<kind>/tokenizer.json (trained here, on the sentences below, and configured as the models of
that kind publish theirs) and expected.json with the ids and offsets that the Python package `tokenizers` gives; for `opt`,
which has no tokenizer.json, vocab.json, merges.txt and what `transformers` makes of them. Offsets are UTF-16 units, as
JavaScript counts.
"""

import json
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

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

RUNS = "if x:\n    y = 1\n\n\n    z = 2\n\n        return  y\n\n"

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
    "class A:\n\n\n    def f(self):\n        return  1234567  # 12,345 x2\n\n",
    "\n\n  \n \t\n\r\r\n  ",
    "IT'S 'Tis DON'T we'LL I'\u017fd (it's) ''re",
    "ΟΔΥΣΣΕΥΣ İstanbul ǅ ẞ Å \u212b \u2126",
    "e\u0334\u0301 a\u0302\u0323\u0302 \u0958 \u0344 \uac00\u11a8 q\u0307\u0323",
    "ｶﾞ ﾊﾟ ㌔ ﷺ … ™ x² ¼ ５ ～ \u00ad\u200d\u2060",
    "<s>hi</s> <unk> <pad><bos>[INST] x [/INST]<|im_start|>user\n<|begin_of_text|>",
    "a<0x0A>b <0xE2> ▁▁▁ \n\n\n",
    "3.14 1e-9 $5.00 50% C# C++ a_b->c :: `x` ~y~ ^z^ ||",
    "Ünïcödé straße ŒUVRE ﬀ ǆ",
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


LLAMA_3_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN_PATTERN = LLAMA_3_PATTERN.replace("{1,3}", "")


def split_byte_level(pattern: str) -> pre_tokenizers.PreTokenizer:
    split = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
    return pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def beginning(token: str, tokenizer: Tokenizer) -> processors.TemplateProcessing:
    """Puts a token in front of every text."""
    return processors.TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A {token} $B", special_tokens=[(token, tokenizer.token_to_id(token))]
    )


def llama_3() -> Tokenizer:
    """Byte-level with a pattern of its own; words of the vocabulary are taken whole, whatever the merges would make of them."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = split_byte_level(LLAMA_3_PATTERN)
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, 700, pre_tokenizers.ByteLevel.alphabet(), [])
    definition = json.loads(tokenizer.to_str())
    del definition["model"]["merges"][-150:]
    tokenizer = Tokenizer.from_str(json.dumps(definition))
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"])
    tokenizer.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), beginning("<|begin_of_text|>", tokenizer)]
    )
    return tokenizer


def qwen() -> Tokenizer:
    """Byte-level after NFC, digits one by one, nothing in front."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = split_byte_level(QWEN_PATTERN)
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, 600, pre_tokenizers.ByteLevel.alphabet(), [])
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.add_tokens([AddedToken("<tool_call>", normalized=False)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def bloom() -> Tokenizer:
    """Byte-level, cut between words and punctuation of many scripts, nothing in front."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = split_byte_level(r" ?[^(\s|[.,!?…。，、।۔،])]+")
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, 600, pre_tokenizers.ByteLevel.alphabet(), ["<unk>", "<s>", "</s>", "<pad>"])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def falcon() -> Tokenizer:
    """Punctuation, GPT-2's pattern, then numbers of at most three digits; the byte level before the digits."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Punctuation(behavior="contiguous"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
            pre_tokenizers.Digits(individual_digits=False),
            pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), behavior="isolated"),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, 600, pre_tokenizers.ByteLevel.alphabet(), [">>TITLE<<", "<|endoftext|>"])
    return tokenizer


def starcoder() -> Tokenizer:
    """Digits one by one, then GPT-2's pattern."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, 600, pre_tokenizers.ByteLevel.alphabet(), ["<|endoftext|>", "<fim_prefix>"])
    return tokenizer


def bytes_of_sentencepiece() -> list[str]:
    return [f"<0x{byte:02X}>" for byte in range(256)]


def with_byte_fallback(specials: list[str], sentences: list[str], size: int, cut: pre_tokenizers.PreTokenizer) -> Tokenizer:
    """SentencePiece's BPE: pieces of text with ▁ for the space, and a token for every byte."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.pre_tokenizer = cut
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials + bytes_of_sentencepiece(), show_progress=False
    )
    tokenizer.train_from_iterator(sentences, trainer)
    tokenizer.pre_tokenizer = None
    definition = json.loads(tokenizer.to_str())
    # The bytes are ordinary tokens of the model, not texts to look for in a prompt.
    definition["added_tokens"] = [token for token in definition["added_tokens"] if not token["content"].startswith("<0x")]
    return Tokenizer.from_str(json.dumps(definition))


def llama_decoder() -> decoders.Decoder:
    return decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(content=" ", left=1)]
    )


def of_llama(specials: list[str]) -> Tokenizer:
    latin = [sentence for sentence in CORPUS if sentence.isascii() or "ü" in sentence or "é" in sentence]
    words = [f" {sentence}".replace(" ", " ▁") for sentence in latin]
    tokenizer = with_byte_fallback(specials, words, 560, pre_tokenizers.WhitespaceSplit())
    tokenizer.decoder = llama_decoder()
    tokenizer.post_processor = beginning("<s>", tokenizer)
    return tokenizer


def llama() -> Tokenizer:
    """As Llama 2 and Mistral 7B have it: a normalizer writes spaces as marks and puts one in front of every stretch."""
    tokenizer = of_llama(["<unk>", "<s>", "</s>", "<|endoftext|>"])
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return tokenizer


def llama_metaspace() -> Tokenizer:
    """As newer files have it: a pre-tokenizer does so at the beginning of the text only."""
    tokenizer = of_llama(["<unk>", "<s>", "</s>"])
    tokenizer.add_special_tokens(["[INST]", "[/INST]"])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    return tokenizer


def gemma() -> Tokenizer:
    """No mark in front; runs of spaces and of new lines are tokens, some of them also as added tokens."""
    pieces = pre_tokenizers.Split(Regex("▁*[^▁\\n]+|▁+|\\n+"), behavior="isolated")
    sentences = [sentence.replace(" ", "▁") for sentence in [*CORPUS, RUNS, RUNS]]
    tokenizer = with_byte_fallback(["<pad>", "<eos>", "<bos>", "<unk>"], sentences, 800, pieces)
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", behavior="merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in ("\n\n", "▁▁", "▁▁▁▁", "<table>")])
    tokenizer.post_processor = beginning("<bos>", tokenizer)
    return tokenizer


# Some of what SentencePiece's own rules (nmt_nfkc) do: white space, controls, width, ligatures, joined accents.
RULES = {
    **{chr(code): " " for code in (0x09, 0x0A, 0x0D, 0xA0, 0x2028, 0x2029, 0x3000, 0xFEFF, 0x200B)},
    **{chr(code): "" for code in (0x00, 0x01, 0x1B, 0x7F, 0xAD)},
    **{chr(0xFF01 + i): chr(0x21 + i) for i in range(94)},
    "ﬁ": "fi", "…": "...", "²": "2", "½": "1⁄2", "™": "TM", "①": "1", "Ⅷ": "VIII", "㌔": "キロ",
    "ｶﾞ": "ガ", "ﾊﾟ": "パ", "ｶ": "カ", "e\u0301": "é", "e\u0300": "è", "n\u0303": "ñ", "a\u0323\u0302": "ậ", "\u212b": "Å",
}  # fmt: skip


def charsmap() -> bytes:
    """The rules as SentencePiece compiles them."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.tsv"
        code_points = lambda text: " ".join(f"{ord(character):X}" for character in text)
        rules.write_text("".join(f"{code_points(source)}\t{code_points(image)}\n" for source, image in RULES.items() if source != "\0"))
        corpus = Path(folder) / "corpus.txt"
        corpus.write_text("\n".join(CORPUS))
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus), model_prefix=f"{folder}/model", vocab_size=400, normalization_rule_tsv=str(rules), hard_vocab_limit=False,
            minloglevel=2,
        )
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(Path(f"{folder}/model.model").read_bytes())
    return model.normalizer_spec.precompiled_charsmap


def unigram(specials: list[str], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = trainers.UnigramTrainer(vocab_size=size, special_tokens=specials, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(CORPUS * 2, trainer)
    return tokenizer


def t5() -> Tokenizer:
    """Unigram over normalized words; white space is not kept, unknown characters are one token."""
    tokenizer = unigram(["<pad>", "</s>", "<unk>"], 500)
    tokenizer.normalizer = normalizers.Precompiled(charsmap())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    end = ("</s>", tokenizer.token_to_id("</s>"))
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[end])
    return tokenizer


def xglm() -> Tokenizer:
    """Unigram as XGLM has it: runs of spaces become one, an end mark in front of every text."""
    tokenizer = unigram(["<s>", "<pad>", "</s>", "<unk>"], 600)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Precompiled(charsmap()), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = beginning("</s>", tokenizer)
    return tokenizer


def unigram_with_bytes() -> Tokenizer:
    """Unigram with a token for every byte, as some Llama-like models have it."""
    tokenizer = unigram(["<unk>", "<s>", "</s>"], 400)
    definition = json.loads(tokenizer.to_str())
    definition["model"]["vocab"] += [[byte, -30.0] for byte in bytes_of_sentencepiece()]
    definition["model"]["byte_fallback"] = True
    tokenizer = Tokenizer.from_str(json.dumps(definition))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    tokenizer.decoder = llama_decoder()
    tokenizer.post_processor = beginning("<s>", tokenizer)
    return tokenizer


def lowercase() -> Tokenizer:
    """GPT-2's, of a model that knows no capitals and no accents."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, 500, pre_tokenizers.ByteLevel.alphabet(), ["<|endoftext|>"])
    tokenizer.add_tokens([AddedToken("kelvin", single_word=True), AddedToken("<X>", normalized=True)])
    return tokenizer


def end_of_word() -> Tokenizer:
    """As GPT-1 and CLIP mark the ends of words, on bytes: the last letter of a piece is written with `</w>`."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=alphabet, end_of_word_suffix="</w>", show_progress=False)
    tokenizer.train_from_iterator(CORPUS * 2, trainer)
    # Every byte can end a word, so that no text is left out.
    definition = json.loads(tokenizer.to_str())
    vocabulary = definition["model"]["vocab"]
    for letter in sorted(alphabet):
        vocabulary.setdefault(f"{letter}</w>", len(vocabulary))
    return Tokenizer.from_str(json.dumps(definition))


def oniguruma() -> Tokenizer:
    """What Oniguruma's patterns have beside JavaScript's: flags within a pattern, possessive quantifiers, atomic groups."""
    tokenizer = Tokenizer(models.BPE())
    pattern = r"(?i)hello|'(?:s|ll)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?(?>[^\s\p{L}\p{N}]++)[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
    tokenizer.pre_tokenizer = split_byte_level(pattern)
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, 500, pre_tokenizers.ByteLevel.alphabet(), [])
    return tokenizer


def write_opt(folder: Path) -> None:
    """OPT has the older files: GPT-2's vocab.json and merges.txt, and an end mark in front of every text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    train(tokenizer, 600, pre_tokenizers.ByteLevel.alphabet(), ["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.model.save(str(folder))
    special = lambda content: {"__type": "AddedToken", "content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    config = {
        "add_bos_token": True, "add_prefix_space": False, "bos_token": special("</s>"), "eos_token": special("</s>"), "errors": "replace",
        "pad_token": special("<pad>"), "unk_token": special("</s>"), "tokenizer_class": "GPT2Tokenizer",
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


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


KINDS = {
    "byte-level": byte_level, "normalized": normalized_with_start, "sentencepiece": llama, "llama-3": llama_3, "qwen": qwen, "bloom": bloom,
    "falcon": falcon, "starcoder": starcoder, "llama-metaspace": llama_metaspace, "gemma": gemma, "t5": t5, "xglm": xglm,
    "unigram-bytes": unigram_with_bytes, "lowercase": lowercase, "end-of-word": end_of_word, "oniguruma": oniguruma,
}  # fmt: skip


def write_expected(folder: Path, tokenizer: Tokenizer) -> None:
    lines = ",\n".join(json.dumps(case) for case in expectations(tokenizer))
    (folder / "expected.json").write_text(f"[\n{lines}\n]\n")


def main() -> None:
    for name, make in KINDS.items():
        folder = OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer = make()
        definition = json.loads(tokenizer.to_str())
        (folder / "tokenizer.json").write_text(json.dumps(definition, ensure_ascii=False, separators=(",", ":")) + "\n")
        write_expected(folder, tokenizer)
    opt = OUT / "opt"
    opt.mkdir(parents=True, exist_ok=True)
    write_opt(opt)
    write_expected(opt, AutoTokenizer.from_pretrained(opt)._tokenizer)


if __name__ == "__main__":
    main()
