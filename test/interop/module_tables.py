"""Module tables of transformers and counts of PEFT for the families of server/architectures, as test/fixtures/module-tables.json.

Run with the interpreter of scripts/python.mjs: `PYTHON test/interop/module_tables.py > test/fixtures/module-tables.json`. Small models are
built, saved and read back (names as stored); the sizes of published models are counted without weights.
"""
import json, os, sys, tempfile, warnings

warnings.filterwarnings("ignore")
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import peft, torch, transformers
from safetensors import safe_open

transformers.logging.set_verbosity_error()

LM, CLS, IMG, S2S = "causal-lm", "sequence-classification", "image-classification", "seq2seq"
AUTO = {
    LM: transformers.AutoModelForCausalLM,
    CLS: transformers.AutoModelForSequenceClassification,
    IMG: transformers.AutoModelForImageClassification,
    S2S: transformers.AutoModelForSeq2SeqLM,
}
decoder = dict(vocab_size=96, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
               num_key_value_heads=2, max_position_embeddings=64)
wide = dict(decoder, head_dim=8)
encoder = dict(vocab_size=96, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
               max_position_embeddings=64, num_labels=3)
gpt2 = dict(vocab_size=96, n_embd=24, n_layer=2, n_head=4, n_positions=64)
opt = dict(vocab_size=96, hidden_size=24, ffn_dim=40, num_hidden_layers=2, num_attention_heads=4,
           max_position_embeddings=64, word_embed_proj_dim=24, pad_token_id=1)
falcon = dict(vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=4)
t5 = dict(vocab_size=96, d_model=24, d_kv=8, d_ff=40, num_layers=2, num_decoder_layers=1, num_heads=4)
vit = dict(hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8, num_labels=3)
distil = dict(vocab_size=96, dim=24, hidden_dim=40, n_layers=2, n_heads=4, max_position_embeddings=64, num_labels=3)
albert = dict(encoder, embedding_size=16)
neox = dict(vocab_size=96, hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=64)

SMALL = [
    ("llama", LM, "llama", decoder),
    ("llama-biased", LM, "llama", dict(wide, attention_bias=True, mlp_bias=True, tie_word_embeddings=True)),
    ("llama-classifier", CLS, "llama", dict(decoder, num_labels=3)),
    ("mistral", LM, "mistral", wide),
    ("mistral-classifier", CLS, "mistral", dict(decoder, num_labels=3)),
    ("mixtral", LM, "mixtral", dict(decoder, num_local_experts=3, num_experts_per_tok=2)),
    ("mixtral-classifier", CLS, "mixtral", dict(decoder, num_local_experts=3, num_labels=3)),
    ("qwen2", LM, "qwen2", dict(decoder, tie_word_embeddings=True)),
    ("qwen2-classifier", CLS, "qwen2", dict(decoder, num_labels=3)),
    ("qwen3", LM, "qwen3", wide),
    ("qwen3-biased", LM, "qwen3", dict(wide, attention_bias=True)),
    ("qwen3-classifier", CLS, "qwen3", dict(wide, num_labels=3)),
    ("gemma", LM, "gemma", wide),
    ("gemma-classifier", CLS, "gemma", dict(wide, num_labels=3)),
    ("gemma2", LM, "gemma2", wide),
    ("gemma2-classifier", CLS, "gemma2", dict(wide, num_labels=3)),
    ("gemma3", LM, "gemma3_text", wide),
    ("gemma3-classifier", CLS, "gemma3_text", dict(wide, num_labels=3)),
    ("phi3", LM, "phi3", dict(decoder, pad_token_id=0)),
    ("phi3-classifier", CLS, "phi3", dict(decoder, pad_token_id=0, num_labels=3)),
    ("gpt2", LM, "gpt2", gpt2),
    ("gpt2-inner", LM, "gpt2", dict(gpt2, n_inner=40, tie_word_embeddings=False)),
    ("gpt2-classifier", CLS, "gpt2", dict(gpt2, num_labels=3)),
    ("gpt-neox", LM, "gpt_neox", neox),
    ("gpt-neox-classifier", CLS, "gpt_neox", dict(neox, num_labels=3)),
    ("gpt-neox-unbiased", LM, "gpt_neox", dict(neox, attention_bias=False, tie_word_embeddings=True)),
    ("opt", LM, "opt", opt),
    ("opt-projected", LM, "opt", dict(opt, word_embed_proj_dim=16, do_layer_norm_before=False)),
    ("opt-unbiased", LM, "opt", dict(opt, enable_bias=False, layer_norm_elementwise_affine=False)),
    ("opt-classifier", CLS, "opt", dict(opt, num_labels=3)),
    ("falcon", LM, "falcon", falcon),
    ("falcon-new", LM, "falcon", dict(falcon, new_decoder_architecture=True, num_kv_heads=2)),
    ("falcon-one-norm", LM, "falcon", dict(falcon, new_decoder_architecture=True, num_kv_heads=2, num_ln_in_parallel_attn=1)),
    ("falcon-serial", LM, "falcon", dict(falcon, parallel_attn=False, multi_query=False, bias=True, alibi=True)),
    ("falcon-classifier", CLS, "falcon", dict(falcon, num_labels=3)),
    ("bert", CLS, "bert", encoder),
    ("roberta", CLS, "roberta", encoder),
    ("deberta-v2", CLS, "deberta-v2", dict(encoder, relative_attention=True, position_buckets=8, norm_rel_ebd="layer_norm",
                                           share_att_key=True, pos_att_type=["p2c", "c2p"], position_biased_input=False, type_vocab_size=0)),
    ("deberta-v2-conv", CLS, "deberta-v2", dict(encoder, relative_attention=True, position_buckets=8, norm_rel_ebd="layer_norm",
                                                pos_att_type="p2c|c2p", conv_kernel_size=3, conv_act="gelu", type_vocab_size=2, embedding_size=16)),
    ("deberta-v2-plain", CLS, "deberta-v2", dict(encoder)),
    ("distilbert", CLS, "distilbert", distil),
    ("albert", CLS, "albert", albert),
    ("albert-groups", CLS, "albert", dict(albert, num_hidden_groups=2, inner_group_num=2)),
    ("vit", IMG, "vit", vit),
    ("vit-unbiased", IMG, "vit", dict(vit, qkv_bias=False)),
    ("t5", S2S, "t5", t5),
    ("t5-gated", S2S, "t5", dict(t5, feed_forward_proj="gated-gelu", tie_word_embeddings=False)),
]

# Fields that decide sizes, as the published config.json has them (layout of transformers 4).
llama = lambda v, h, i, l, a, kv, **more: dict(vocab_size=v, hidden_size=h, intermediate_size=i, num_hidden_layers=l,
                                               num_attention_heads=a, num_key_value_heads=kv, **more)
PUBLISHED = [
    ("llama-7b", LM, "llama", llama(32000, 4096, 11008, 32, 32, 32)),
    ("llama-2-70b", LM, "llama", llama(32000, 8192, 28672, 80, 64, 8)),
    ("llama-3.2-1b", LM, "llama", llama(128256, 2048, 8192, 16, 32, 8, head_dim=64, tie_word_embeddings=True)),
    ("mistral-nemo-12b", LM, "mistral", llama(131072, 5120, 14336, 40, 32, 8, head_dim=128)),
    ("mixtral-8x7b", LM, "mixtral", llama(32000, 4096, 14336, 32, 32, 8, num_local_experts=8, num_experts_per_tok=2)),
    ("qwen2-7b", LM, "qwen2", llama(152064, 3584, 18944, 28, 28, 4, tie_word_embeddings=False)),
    ("qwen2.5-1.5b", LM, "qwen2", llama(151936, 1536, 8960, 28, 12, 2, tie_word_embeddings=True)),
    ("qwen3-0.6b", LM, "qwen3", llama(151936, 1024, 3072, 28, 16, 8, head_dim=128, attention_bias=False, tie_word_embeddings=True)),
    ("qwen3-8b", LM, "qwen3", llama(151936, 4096, 12288, 36, 32, 8, head_dim=128, attention_bias=False, tie_word_embeddings=False)),
    ("gemma-2-2b", LM, "gemma2", llama(256000, 2304, 9216, 26, 8, 4, head_dim=256)),
    ("gemma-2-9b", LM, "gemma2", llama(256000, 3584, 14336, 42, 16, 8, head_dim=256)),
    ("gemma-3-1b", LM, "gemma3_text", llama(262144, 1152, 6912, 26, 4, 1, head_dim=256)),
    ("phi-3-mini", LM, "phi3", llama(32064, 3072, 8192, 32, 32, 32, tie_word_embeddings=False, pad_token_id=32000)),
    ("phi-3-medium", LM, "phi3", llama(32064, 5120, 17920, 40, 40, 10, tie_word_embeddings=False, pad_token_id=32000)),
    ("gpt2-xl", LM, "gpt2", dict(vocab_size=50257, n_embd=1600, n_layer=48, n_head=25, n_positions=1024)),
    ("pythia-160m", LM, "gpt_neox", dict(vocab_size=50304, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)),
    ("pythia-2.8b", LM, "gpt_neox", dict(vocab_size=50304, hidden_size=2560, intermediate_size=10240, num_hidden_layers=32, num_attention_heads=32)),
    ("opt-125m", LM, "opt", dict(vocab_size=50272, hidden_size=768, ffn_dim=3072, num_hidden_layers=12, num_attention_heads=12, word_embed_proj_dim=768)),
    ("opt-350m", LM, "opt", dict(vocab_size=50272, hidden_size=1024, ffn_dim=4096, num_hidden_layers=24, num_attention_heads=16,
                                 word_embed_proj_dim=512, do_layer_norm_before=False)),
    ("falcon-7b", LM, "falcon", dict(vocab_size=65024, hidden_size=4544, num_hidden_layers=32, num_attention_heads=71, multi_query=True,
                                     parallel_attn=True, bias=False, alibi=False, new_decoder_architecture=False)),
    ("falcon-40b", LM, "falcon", dict(vocab_size=65024, hidden_size=8192, num_hidden_layers=60, num_attention_heads=128, num_kv_heads=8,
                                      parallel_attn=True, bias=False, alibi=False, new_decoder_architecture=True)),
    ("falcon-rw-1b", LM, "falcon", dict(vocab_size=50304, hidden_size=2048, num_hidden_layers=24, num_attention_heads=32, multi_query=False,
                                        parallel_attn=False, bias=True, alibi=True, new_decoder_architecture=False)),
    ("deberta-v2-xlarge", CLS, "deberta-v2", dict(vocab_size=128100, hidden_size=1536, intermediate_size=6144, num_hidden_layers=24,
                                                  num_attention_heads=24, max_position_embeddings=512, type_vocab_size=0, relative_attention=True,
                                                  position_buckets=256, norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type="p2c|c2p",
                                                  position_biased_input=False, conv_kernel_size=3, conv_act="gelu", attention_head_size=64)),
    ("distilbert-base", CLS, "distilbert", dict(vocab_size=30522, dim=768, hidden_dim=3072, n_layers=6, n_heads=12, max_position_embeddings=512)),
    ("albert-base-v2", CLS, "albert", dict(vocab_size=30000, embedding_size=128, hidden_size=768, intermediate_size=3072, num_hidden_layers=12,
                                           num_attention_heads=12, max_position_embeddings=512)),
    ("albert-xxlarge-v2", CLS, "albert", dict(vocab_size=30000, embedding_size=128, hidden_size=4096, intermediate_size=16384,
                                              num_hidden_layers=12, num_attention_heads=64, max_position_embeddings=512)),
    ("vit-large", IMG, "vit", dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, image_size=224, patch_size=16)),
    ("t5-small", S2S, "t5", dict(vocab_size=32128, d_model=512, d_kv=64, d_ff=2048, num_layers=6, num_heads=8)),
    ("flan-t5-base", S2S, "t5", dict(vocab_size=32128, d_model=768, d_kv=64, d_ff=2048, num_layers=12, num_decoder_layers=12, num_heads=12,
                                     feed_forward_proj="gated-gelu", tie_word_embeddings=False)),
]


def build(kind, fields, task, device):
    config = transformers.AutoConfig.for_model(kind, **fields)
    with torch.device(device):
        return AUTO[task].from_config(config)


def lora(kind, fields, task, **settings):
    """Scalars of LoRA or another adapter alone; None where PEFT has no default targets for the model type."""
    cls = settings.pop("cls", peft.LoraConfig)
    model = build(kind, fields, task, "meta")
    tasks = {LM: "CAUSAL_LM", CLS: "SEQ_CLS"}
    if task in tasks:
        settings["task_type"] = tasks[task]
    elif task == IMG:
        settings["modules_to_save"] = ["classifier"]
    try:
        with torch.device("meta"):
            adapted = peft.get_peft_model(model, cls(**settings))
    except (ValueError, TypeError) as error:
        # No default targets; or a layer is target and saved head at once.
        return None if "specify" in str(error) else str(error)[:120]
    return sum(p.numel() for n, p in adapted.named_parameters() if p.requires_grad and "modules_to_save" not in n)


def peft_counts(kind, fields, task):
    counts = dict(allLinear=lora(kind, fields, task, r=8, target_modules="all-linear"), lora=lora(kind, fields, task, r=8))
    counts["adalora"] = lora(kind, fields, task, cls=peft.AdaLoraConfig, init_r=12, total_step=100)
    counts["ia3"] = lora(kind, fields, task, cls=peft.IA3Config)
    return counts


def small(name, task, kind, fields):
    model = build(kind, fields, task, "cpu")
    first, modules = {}, []
    for path, module in model.named_modules():
        own = {k: p for k, p in module._parameters.items() if p is not None}
        if not own:
            continue
        entry = [path, type(module).__name__, {k: list(p.shape) for k, p in own.items()}]
        tied = [first[id(p)] for p in own.values() if id(p) in first]
        if tied:
            entry.append(tied[0])
        for p in own.values():
            first.setdefault(id(p), path)
        modules.append(entry)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        config = json.load(open(f"{folder}/config.json"))
        with safe_open(f"{folder}/model.safetensors", "pt") as file:
            stored = {k: list(file.get_slice(k).get_shape()) for k in file.keys()}
    config.pop("id2label", None), config.pop("label2id", None), config.pop("dtype", None), config.pop("transformers_version", None)
    if "num_labels" in fields:
        config["num_labels"] = fields["num_labels"]
    total = sum(p.numel() for p in model.parameters())
    return dict(task=task, config=config, architecture=type(model).__name__, total=total, peft=peft_counts(kind, fields, task), modules=modules, stored=stored)


def published(name, task, kind, fields):
    model = build(kind, fields, task, "meta")
    total = sum(p.numel() for p in model.parameters())
    config = dict(fields, model_type=kind)
    return dict(task=task, config=config, architecture=type(model).__name__, total=total, allLinear=lora(kind, fields, task, r=8, target_modules="all-linear"))


def table(cases, make):
    rows = []
    for case in cases:
        print(case[0], file=sys.stderr)
        rows.append(f"{json.dumps(case[0])}: {json.dumps(make(*case), separators=(',', ':'))}")
    return "{\n" + ",\n".join(rows) + "\n}"


versions = f"transformers {transformers.__version__}, peft {peft.__version__}, torch {torch.__version__.split('+')[0]}"
print("{" + f'\n"note": "{versions}; test/interop/module_tables.py",\n"small": {table(SMALL, small)},\n"published": {table(PUBLISHED, published)}\n' + "}")
