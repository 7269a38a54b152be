"""Small checkpoints as they are found in the wild: what config.json says of the arithmetic, weights that it does not mention or names
otherwise, quantised weights, adapters, wrappers of text models, tokenizers with settings of their own.

    pip install -r ../requirements.txt
    python make_wild.py OUT             writes one folder for each, and expected.json

expected.json holds, for each that the reference opens, the `logits` of the last of `tokens` as AutoModelForCausalLM computes them in
float64, attn_implementation="eager", and where the tokenizer is the subject the `ids` of `prompt`. What is right for those that are not in it
(a problem, and what it says) is written down in wild.test.ts.
"""
import json
import os
import shutil
import sys

os.environ['HF_HUB_OFFLINE'] = '1'
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, AutoTokenizer, FalconConfig, FalconModel, Gemma3Config, Gemma3ForCausalLM, Gemma3ForConditionalGeneration, Gemma3TextConfig,
                          GPT2Config, GPT2LMHeadModel, GPTNeoConfig, GPTNeoForCausalLM, LlamaConfig, LlamaForCausalLM, LlamaModel,
                          Mistral3Config, Mistral3ForConditionalGeneration, MistralConfig, MistralForCausalLM, Qwen2Config, Qwen2ForCausalLM)

transformers.logging.set_verbosity_error()
OUT = sys.argv[1] if len(sys.argv) > 1 else 'cases'
TEXTS = ['The capital of Japan is the city of Tokyo.', 'When Mary and John went to the store, John gave a drink to Mary.',
         'for i in range(10):\n    print(i)\n', "Hello world! It's 2024, naïve café…", '東京は日本の首都です。', 'Привет мир'] * 4
ABSENT = object()


def byte_level(size=300, specials=('<|endoftext|>',), **bpe):
    tok = Tokenizer(models.BPE(**bpe))
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    tok.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=size, special_tokens=list(specials), show_progress=False,
                                                       initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **bpe))
    return tok


TOK = byte_level()
V = TOK.get_vocab_size()
SIZES = dict(vocab_size=V, hidden_size=16, intermediate_size=24, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=128, tie_word_embeddings=False)
GEMMA = dict(vocab_size=V, hidden_size=16, intermediate_size=24, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=1,
             head_dim=8, max_position_embeddings=128, query_pre_attn_scalar=8, sliding_window=4)
GPT2 = dict(vocab_size=V, n_embd=16, n_layer=2, n_head=4, n_positions=64)


def randomize(model, seed=0):
    """Weights large enough that attention matters."""
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() >= 2:
                p.copy_(torch.randn(p.shape, generator=g) * 0.3)
            elif 'bias' in name:
                p.copy_(torch.randn(p.shape, generator=g) * 0.1)
            else:
                p.copy_(p + torch.randn(p.shape, generator=g) * 0.1)
    return model.eval()


def save(model, name, tok=TOK, tokenizer_config=None):
    folder = os.path.join(OUT, name)
    shutil.rmtree(folder, ignore_errors=True)
    randomize(model).save_pretrained(folder)
    if tok is not None:
        tok.save(f'{folder}/tokenizer.json')
    if tokenizer_config is not None:
        json.dump(tokenizer_config, open(f'{folder}/tokenizer_config.json', 'w'))
    return folder


def config(folder, **changes):
    path = f'{folder}/config.json'
    c = json.load(open(path))
    for key, value in changes.items():
        if value is ABSENT:
            c.pop(key, None)
        else:
            c[key] = value
    json.dump(c, open(path, 'w'))


def weights(folder, change, metadata=None):
    path = f'{folder}/model.safetensors'
    w = change(load_file(path))
    save_file(w, path, metadata={'format': 'pt', **(metadata or {})})


# 1. what the configuration says of the arithmetic
config(save(Gemma3ForCausalLM(Gemma3TextConfig(**GEMMA, use_bidirectional_attention=True)), 'bidirectional-gemma3'))
config(save(Qwen2ForCausalLM(Qwen2Config(**SIZES)), 'not-causal-qwen2'), is_causal=False)
config(save(LlamaForCausalLM(LlamaConfig(**SIZES)), 'quantized-while-running'),
       quantization_config={'quant_method': 'bitnet', 'linear_class': 'autobitlinear', 'quantization_mode': 'online'})

# 2. weights that the configuration does not mention, or names otherwise
config(save(Qwen2ForCausalLM(Qwen2Config(**SIZES)), 'tied-but-own-head-qwen2'), tie_word_embeddings=True)
f = save(LlamaForCausalLM(LlamaConfig(**SIZES)), 'foreign-class')
weights(f, lambda w: {**w, **{f'model.layers.{l}.self_attn.inner_attn_ln.weight': torch.ones(16) for l in range(3)},
                      **{f'model.layers.{l}.mlp.ffn_layernorm.weight': torch.ones(24) for l in range(3)}})
config(f, architectures=['BitnetForCausalLM'], weight_bits=1, auto_map={'AutoModelForCausalLM': 'modeling_bitnet.BitnetForCausalLM'})
config(save(LlamaForCausalLM(LlamaConfig(**SIZES, attention_bias=True)), 'unannounced-bias'), attention_bias=False)
f = save(LlamaForCausalLM(LlamaConfig(**{**SIZES, 'tie_word_embeddings': True})), 'only-lm-head')
weights(f, lambda w: {('lm_head.weight' if k == 'model.embed_tokens.weight' else k): v for k, v in w.items()},
        {'model.embed_tokens.weight': 'lm_head.weight'})
f = save(LlamaForCausalLM(LlamaConfig(**SIZES)), 'compiled-prefix')
weights(f, lambda w: {f'_orig_mod.{k}': v for k, v in w.items()})
f = save(GPT2LMHeadModel(GPT2Config(**GPT2)), 'float64')
weights(f, lambda w: {k: v.double() for k, v in w.items()})
save(LlamaModel(LlamaConfig(**SIZES)), 'backbone-without-head')
save(FalconModel(FalconConfig(vocab_size=V, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=128)),
     'falcon-without-prefix')

# 3. quantised, adapters
f = save(LlamaForCausalLM(LlamaConfig(**SIZES)), 'hqq')
packed = lambda k, v: {k[:-6] + 'qweight': torch.zeros(v.shape[1] // 8, v.shape[0], dtype=torch.int32),
                       k[:-6] + 'qzeros': torch.zeros(1, v.shape[0] // 8, dtype=torch.int32), k[:-6] + 'scales': torch.ones(1, v.shape[0]).half(),
                       k[:-6] + 'g_idx': torch.zeros(v.shape[1], dtype=torch.int32)}
weights(f, lambda w: {kk: vv for k, v in w.items() for kk, vv in (packed(k, v) if '_proj.weight' in k else {k: v}).items()})
config(f, quantization_config={'quant_method': 'hqq', 'bits': 4, 'group_size': 128})
lora = {f'base_model.model.model.layers.{l}.self_attn.{p}.lora_{ab}.weight': torch.randn((4, 16) if ab == 'A' else (o, 4)) * 0.3
        for l in range(3) for p, o in {'q_proj': 16, 'v_proj': 8}.items() for ab in 'AB'}
about = {'peft_type': 'LORA', 'base_model_name_or_path': 'example/base', 'r': 4, 'lora_alpha': 8, 'target_modules': ['q_proj', 'v_proj'],
         'task_type': 'CAUSAL_LM'}
adapter = os.path.join(OUT, 'adapter-alone')
os.makedirs(adapter, exist_ok=True)
save_file(lora, f'{adapter}/adapter_model.safetensors', metadata={'format': 'pt'})
json.dump(about, open(f'{adapter}/adapter_config.json', 'w'))

# 4. configurations as transformers accepts them
config(save(LlamaForCausalLM(LlamaConfig(**SIZES)), 'infinity-in-config'), time_step_limit=[0.0, float('inf')])
config(save(LlamaForCausalLM(LlamaConfig(**SIZES)), 'number-as-text'), rope_theta='10000.0')
config(save(MistralForCausalLM(MistralConfig(**SIZES, sliding_window=None)), 'mistral-without-context'), max_position_embeddings=ABSENT)
config(save(GPTNeoForCausalLM(GPTNeoConfig(vocab_size=V, hidden_size=16, num_layers=4, num_heads=4, max_position_embeddings=64,
                                            attention_types=[[['global', 'local'], 2]])), 'gpt-neo-attention-layers'),
       attention_types=ABSENT, attention_layers=['global', 'local'] * 2)

# 5. wrappers of text models
vision = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14)
save(Gemma3ForConditionalGeneration(Gemma3Config(text_config=dict(GEMMA), vision_config=vision, mm_tokens_per_image=4)), 'gemma3-with-vision')
save(Mistral3ForConditionalGeneration(Mistral3Config(text_config=MistralConfig(**SIZES), vision_config=dict(model_type='pixtral', **vision))),
     'mistral3-with-vision')

# 6. tokenizers
gpt2 = lambda tok: GPT2LMHeadModel(GPT2Config(**{**GPT2, 'vocab_size': tok.get_vocab_size()}))
eos = byte_level()
save(gpt2(eos), 'adds-eos', eos, {'bos_token': '<|endoftext|>', 'eos_token': '<|endoftext|>', 'add_bos_token': True, 'add_eos_token': True,
                                  'tokenizer_class': 'GPT2Tokenizer'})
suffix = byte_level(620, (), end_of_word_suffix='</w>')
suffix.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
suffix.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=620, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                                      end_of_word_suffix='</w>', show_progress=False))
save(gpt2(suffix), 'end-of-word-suffix', suffix)
words = Tokenizer(models.WordLevel({'[UNK]': 0, 'a': 1, 'b': 2}, unk_token='[UNK]'))
words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
save(GPT2LMHeadModel(GPT2Config(**GPT2)), 'word-level', words)
flag = Tokenizer(models.BPE())
flag.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r'(?i)hello|world'), 'isolated'),
                                              pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
flag.decoder = decoders.ByteLevel()
flag.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
save(gpt2(flag), 'inline-flag', flag)
bos = byte_level(300, ('<|begin_of_text|>',))
bos.post_processor = processors.TemplateProcessing(single='<|begin_of_text|> $A', special_tokens=[('<|begin_of_text|>', 0)])
save(LlamaForCausalLM(LlamaConfig(**{**SIZES, 'vocab_size': bos.get_vocab_size()})), 'bos-typed-too', bos)
odd = byte_level()
odd.add_tokens(['\u00a0', '\u00b7', '\u200b', '\u202e'])
save(gpt2(odd), 'odd-tokens', odd)

# What the reference makes of them.
COMPILED = {'compiled-prefix', 'falcon-without-prefix', 'only-lm-head'}


def unwrapped(folder):
    """The model of a folder whose tensors have other names than those that the reference looks for."""
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), attn_implementation='eager').double().eval()
    w = {k.removeprefix('_orig_mod.'): v.double() for k, v in load_file(f'{folder}/model.safetensors').items()}
    own = model.state_dict()
    w = {k if k in own else f'transformer.{k}': v for k, v in w.items()}
    tied = next((k for k in ('model.embed_tokens.weight', 'transformer.word_embeddings.weight') if k in own))
    w.setdefault('lm_head.weight', w.get(tied))
    w.setdefault(tied, w['lm_head.weight'])
    model.load_state_dict(w)
    return model


PROMPT = 'The capital of Japan'
TOKENIZED = {'adds-eos': PROMPT, 'end-of-word-suffix': 'The capital of Japan is', 'inline-flag': 'Hello HELLO World hello', 'bos-typed-too': '<|begin_of_text|>The capital',
            'odd-tokens': 'a\u00a0b\u00b7c\u200bd\u202ee'}
TOKENS = [5, 17, 40, 17, 60, 8]
REFUSED = {'bidirectional-gemma3', 'not-causal-qwen2', 'quantized-while-running', 'float64', 'backbone-without-head', 'hqq', 'adapter-alone'}
VISION = {'gemma3-with-vision', 'mistral3-with-vision'}


def ids_of(folder, name):
    """Settings beside the tokenizer are AutoTokenizer's to read; tokenizer.json itself, which it rebuilds for GPT-2, is its library's."""
    if name in ('adds-eos', 'bos-typed-too'):
        return AutoTokenizer.from_pretrained(folder)(TOKENIZED[name])['input_ids']
    return Tokenizer.from_file(f'{folder}/tokenizer.json').encode(TOKENIZED[name]).ids


expected = {}
for name in sorted(os.listdir(OUT)):
    folder = os.path.join(OUT, name)
    if name in REFUSED or not os.path.isdir(folder):
        continue
    kind = AutoModelForImageTextToText if name in VISION else AutoModelForCausalLM
    # peft, which would apply an adapter that lies beside a model, is not installed.
    model = kind.from_pretrained(folder, dtype=torch.float64, attn_implementation='eager').eval()
    if name == 'tied-but-own-head-qwen2':
        assert not torch.equal(model.lm_head.weight, model.model.embed_tokens.weight), 'the stored head is the right one'
    if name in COMPILED:
        model = unwrapped(folder)
    with torch.no_grad():
        logits = model(torch.tensor([TOKENS])).logits[0, -1]
    expected[name] = {'tokens': TOKENS, 'logits': [round(x, 7) for x in logits.tolist()]}
    if name in TOKENIZED:
        expected[name] |= {'prompt': TOKENIZED[name], 'ids': ids_of(folder, name)}
json.dump(expected, open(os.path.join(OUT, 'expected.json'), 'w'), ensure_ascii=False)
for name, about in expected.items():
    print(name, about.get('prompt', ''), about.get('ids', ''))
