"""Writes the small GPT-2, GPT-NeoX and OPT models of test/fixtures/tiny with what transformers computes, and PEFT's traces on GPT-2:
`python test/interop/gpt_fixtures.py` from the root.

Between them they take every branch of the three configs. Norms, biases and positions are far from their usual start, so that a forgotten
one shows. `reference.safetensors`: inputs, logits and loss of rows without padding, with padding on the right, and on the left.
"""
import json
import os
import shutil

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file

from fixtures import draw_parameters, write_batches, write_cases, write_gradients, write_trace

VOCAB, ROWS, LENGTH = 48, 3, 9
GPT2 = dict(vocab_size=VOCAB, n_positions=32, n_embd=16, n_layer=2, n_head=2, bos_token_id=1, eos_token_id=2)
NEOX = dict(vocab_size=VOCAB, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=32)
OPT = dict(vocab_size=VOCAB, hidden_size=16, ffn_dim=24, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=32)
QUIET = dict(resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)


def rope(part, **more):
    return dict(rope_type="default", rope_theta=10000.0, partial_rotary_factor=part) | more


def disk_as_on_the_hub(folder):
    """The first GPT-2 checkpoints: no prefix, the causal mask as a buffer."""
    file = f"{folder}/model.safetensors"
    tensors = {name.removeprefix("transformer."): value for name, value in load_file(file).items()}
    for layer in range(GPT2["n_layer"]):
        tensors[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(1, 1, 32, 32))
    save_file(tensors, file, metadata={"format": "pt"})
    change_config(folder, torch_dtype="float32", dtype=None)


def config_of_4(folder):
    change_config(folder, rope_parameters=None, rotary_pct=0.25, rotary_emb_base=500)


def without_prefix(folder):
    file = f"{folder}/model.safetensors"
    save_file({name.removeprefix("model."): value for name, value in load_file(file).items()}, file, metadata={"format": "pt"})


def change_config(folder, **fields):
    with open(f"{folder}/config.json") as file:
        config = {**json.load(file), **fields}
    with open(f"{folder}/config.json", "w") as file:
        json.dump({name: value for name, value in config.items() if name not in fields or value is not None}, file, indent=1)


T = transformers
MODELS = {
    "gpt2": (T.GPT2LMHeadModel, T.GPT2Config(**GPT2, **QUIET), disk_as_on_the_hub),
    "gpt2-classifier": (
        T.GPT2ForSequenceClassification,
        T.GPT2Config(**GPT2, **QUIET, n_inner=24, pad_token_id=0, num_labels=3, activation_function="relu", scale_attn_weights=False, scale_attn_by_inverse_layer_idx=True),
        None,
    ),
    "gpt_neox": (T.GPTNeoXForCausalLM, T.GPTNeoXConfig(**NEOX, rope_parameters=rope(0.25, rope_theta=500.0)), config_of_4),
    "gpt_neox-classifier": (
        T.GPTNeoXForSequenceClassification,
        T.GPTNeoXConfig(**NEOX, pad_token_id=0, num_labels=3, hidden_act="gelu_fast", use_parallel_residual=False, attention_bias=False, rope_parameters=rope(1.0, rope_type="linear", factor=4.0)),
        None,
    ),
    "opt": (T.OPTForCausalLM, T.OPTConfig(**OPT), without_prefix),
    "opt-350m": (T.OPTForCausalLM, T.OPTConfig(**OPT, word_embed_proj_dim=8, do_layer_norm_before=False), None),
    "opt-classifier": (
        T.OPTForSequenceClassification,
        T.OPTConfig(**OPT, word_embed_proj_dim=8, num_labels=3, enable_bias=False, layer_norm_elementwise_affine=False),
        None,
    ),
}


def build(kind, config):
    config._attn_implementation = "eager"
    torch.manual_seed(7)
    model = kind(config).float().eval()
    draw_parameters(model, drawn)
    model.tie_weights()
    return model


def drawn(name, parameter, noise):
    if parameter.dim() == 1:
        return 1 + 0.1 * noise if name.endswith("weight") else 0.2 * noise
    return noise * (0.5 if "embed" in name or "wte" in name or "wpe" in name else 0.2)


def cases(model):
    pad = model.config.pad_token_id or 0
    generator = torch.Generator().manual_seed(5)
    ids = torch.randint(3, VOCAB, (ROWS, LENGTH), generator=generator)
    right = torch.ones(ROWS, LENGTH, dtype=torch.long)
    right[1, 6:] = 0
    right[2, 2:] = 0
    for name, mask in dict(full=torch.ones_like(right), padded=right, left=right.flip(1)).items():
        inputs = dict(input_ids=torch.where(mask.bool(), ids, pad), attention_mask=mask)
        classes = "Sequence" in type(model).__name__
        yield name, dict(**inputs, labels=torch.tensor([0, 2, 1]) if classes else torch.where(mask.bool(), ids, -100))


for name, (kind, config, rewrite) in MODELS.items():
    folder = f"test/fixtures/tiny/{name}"
    shutil.rmtree(folder, ignore_errors=True)
    model = build(kind, config)
    model.save_pretrained(folder)
    if rewrite:
        rewrite(folder)
    generation = f"{folder}/generation_config.json"
    if os.path.exists(generation):
        os.remove(generation)
    again = kind.from_pretrained(folder, attn_implementation="eager").eval()
    inputs = dict(cases(model))
    reference = write_cases(f"{folder}/reference.safetensors", again, inputs)
    for case, values in inputs.items():
        with torch.no_grad():
            assert torch.equal(model(**values).logits, reference[f"{case}.logits"]), name
    if name in ("gpt2", "gpt_neox-classifier", "opt-350m"):
        write_gradients(folder, again, inputs["full"])
    print(name, [round(float(reference[f"{case}.loss"]), 4) for case in ("full", "padded", "left")])

# Traces: the steps of torch's AdamW, as in the folders beside them.
TARGETS = ["c_attn", "c_fc", "mlp.c_proj"]
TRACES = {
    "lora": (peft.LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS), 1e-2),
    "dora": (peft.LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS, use_dora=True), 1e-2),
    "pissa": (peft.LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS, init_lora_weights="pissa"), 1e-3),
    "vera": (peft.VeraConfig(r=8, d_initial=0.1, target_modules=TARGETS), 1e-2),
    "ia3": (peft.IA3Config(target_modules=TARGETS, feedforward_modules=["mlp.c_proj"]), 1e-2),
}
root = "test/fixtures/traces/gpt2"
shutil.rmtree(root, ignore_errors=True)
os.makedirs(root)
generator = torch.Generator().manual_seed(11)
batches = []
for step in range(8):
    mask = torch.ones(2, LENGTH, dtype=torch.long)
    mask[1, LENGTH - 1 - step % 4 :] = 0
    ids = torch.randint(3, VOCAB, (2, LENGTH), generator=generator) * mask
    batches.append(dict(input_ids=ids, attention_mask=mask, labels=torch.where(mask.bool(), ids, -100)))
write_batches(root, batches)
for name, (config, lr) in TRACES.items():
    folder = f"{root}/{name}"
    torch.manual_seed(3)
    base = T.GPT2LMHeadModel.from_pretrained("test/fixtures/tiny/gpt2", attn_implementation="eager")
    model = peft.get_peft_model(base, config)
    write_trace(folder, model, TARGETS, batches, lr)
    merged = model.merge_and_unload().state_dict()
    merged = {key: value.contiguous() for key, value in merged.items() if ".c_" in key and key.endswith("weight")}
    save_file(merged, f"{folder}/merged_after.safetensors")
