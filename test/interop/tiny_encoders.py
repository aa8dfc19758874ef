"""Writes the tiny encoders of test/fixtures/tiny and their traces with transformers and PEFT: `python test/interop/tiny_encoders.py` from the root.

Weights are random and far from their usual start, so that a forgotten one shows. Attention is eager, everything float32 in eval mode.
"""
import json
import os
import shutil

import peft
import torch
import transformers
from safetensors.torch import save_file
from transformers import AlbertConfig, DebertaV2Config, DistilBertConfig, ViTConfig
from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

from fixtures import draw_parameters, without_dropout, write_adapter, write_batches, write_cases, write_gradients, write_trace

VOCAB, TIME = 96, 16
SIZES = dict(vocab_size=VOCAB, hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40)
SIZES |= dict(max_position_embeddings=32, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, num_labels=3)
RELATIVE = dict(relative_attention=True, position_buckets=8, pos_att_type=["p2c", "c2p"], pad_token_id=0)
MODELS = {
    # As DeBERTa-v3 is.
    "deberta-v2": DebertaV2Config(
        **SIZES, **RELATIVE, share_att_key=True, norm_rel_ebd="layer_norm", position_biased_input=False, type_vocab_size=0
    ),
    # Everything that it is not: DeBERTa-v2's convolution, keys of its own for positions, all embeddings, one direction.
    "deberta-v2-conv": DebertaV2Config(
        **SIZES,
        **RELATIVE,
        conv_kernel_size=3,
        conv_groups=2,
        conv_act="tanh",
        embedding_size=16,
        type_vocab_size=2,
        pooler_hidden_act="tanh",
    ),
    # Distances as they are, cut at the ends of the table.
    "deberta-v2-c2p": DebertaV2Config(
        **SIZES, **RELATIVE | dict(position_buckets=-1, max_relative_positions=6, pos_att_type=["c2p"]), share_att_key=True
    ),
    "deberta-v2-plain": DebertaV2Config(**SIZES, relative_attention=False),
    "distilbert": DistilBertConfig(
        vocab_size=VOCAB, dim=24, hidden_dim=40, n_layers=2, n_heads=4, max_position_embeddings=32, num_labels=3
    ),
    "albert": AlbertConfig(**SIZES | dict(num_hidden_layers=3), embedding_size=16),
    "albert-groups": AlbertConfig(
        **SIZES | dict(num_hidden_layers=5), embedding_size=16, num_hidden_groups=2, inner_group_num=2, hidden_act="relu"
    ),
}
WITH_GRADIENTS = ["deberta-v2", "deberta-v2-conv", "distilbert", "albert-groups"]
TRACES = {
    "deberta-v2": dict(target_modules=["query_proj", "key_proj", "value_proj"]),
    "albert": dict(target_modules=["query", "value"]),
    "distilbert": dict(target_modules=["q_lin", "v_lin"]),
}


def build(config, auto=transformers.AutoModelForSequenceClassification):
    config._attn_implementation = "eager"
    torch.manual_seed(1000)
    model = auto.from_config(config).float().eval()
    draw_parameters(model, drawn)
    return model


def drawn(name, parameter, noise):
    if parameter.dim() == 1 and name.endswith("weight"):
        return parameter + 0.1 * noise
    return noise * (0.05 if name.endswith("bias") else 0.5 if "embed" in name else 0.15)


def reference(name, model, folder):
    random = torch.Generator().manual_seed(5)
    ids = torch.randint(3, VOCAB, (3, TIME), generator=random)
    mask = torch.ones(3, TIME, dtype=torch.long)
    labels = torch.tensor([0, 2, 1])
    padding = mask.clone()
    padding[1, 11:] = padding[2, 5:] = 0
    cases = {
        "full": dict(input_ids=ids, attention_mask=mask, labels=labels),
        "padded": dict(input_ids=ids * padding, attention_mask=padding, labels=labels),
    }
    if getattr(model.config, "type_vocab_size", 0) > 1:
        cases["token_type"] = cases["full"] | dict(token_type_ids=(torch.arange(TIME) >= 7).long().expand(3, -1))
    write_cases(f"{folder}/reference.safetensors", model, cases)
    if name in WITH_GRADIENTS:
        write_gradients(folder, model, cases["full"])


def trace(name, fields, lr=5e-3, steps=8):
    """LoRA and the head."""
    family = f"test/fixtures/traces/{name}"
    shutil.rmtree(family, ignore_errors=True)
    os.makedirs(family)
    random = torch.Generator().manual_seed(9)
    batches = []
    for _ in range(steps):
        mask = (torch.arange(TIME) < torch.randint(4, TIME + 1, (4, 1), generator=random)).long()
        ids = torch.randint(3, VOCAB, (4, TIME), generator=random) * mask
        labels = torch.randint(0, 3, (4,), generator=random)
        batches.append(dict(input_ids=ids, attention_mask=mask, labels=labels))
    write_batches(family, batches)
    torch.manual_seed(3)
    auto = transformers.AutoModelForSequenceClassification
    base = without_dropout(auto.from_pretrained(f"test/fixtures/tiny/{name}", attn_implementation="eager"))
    config = peft.LoraConfig(r=4, lora_alpha=8, task_type="SEQ_CLS", init_lora_weights="gaussian", **fields)
    model = peft.get_peft_model(base, config)
    write_trace(f"{family}/lora", model, fields["target_modules"], batches, lr)


def buckets():
    """The bucket of every distance from 0, by the number of buckets and the largest distance."""
    sizes = [(256, 512), (8, 32), (7, 40), (32, 128)]
    found = {f"{b},{largest}": make_log_bucket_position(torch.arange(largest), b, largest) for b, largest in sizes}
    with open("test/fixtures/deberta-buckets.json", "w") as file:
        json.dump({key: value.long().tolist() for key, value in found.items()}, file, separators=(",", ":"))


def images():
    """ViT on images that are no squares, whose last rows fill no patch; alone and with an adapter of PEFT."""
    folder = "test/fixtures/tiny/vit"
    shutil.rmtree(folder, ignore_errors=True)
    sizes = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40, num_labels=5)
    config = ViTConfig(**sizes, image_size=[18, 12], patch_size=[8, 4], qkv_bias=False)
    model = build(config, transformers.AutoModelForImageClassification)
    model.save_pretrained(folder)
    pixels = torch.randn(2, 3, 18, 12, generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        plain = model(pixels).logits
        torch.manual_seed(3)
        lora = peft.LoraConfig(
            r=2, target_modules=["q_proj", "fc2"], modules_to_save=["classifier"], init_lora_weights=False
        )
        model = peft.get_peft_model(model, lora).eval()
        write_adapter(f"{folder}/adapter", model)
        adapted = model(pixels).logits
    tensors = {"image.pixel_values": pixels, "image.logits": plain, "adapted.logits": adapted}
    save_file({key: value.contiguous() for key, value in tensors.items()}, f"{folder}/reference.safetensors")


buckets()
images()
for name, config in MODELS.items():
    folder = f"test/fixtures/tiny/{name}"
    shutil.rmtree(folder, ignore_errors=True)
    model = build(config)
    model.save_pretrained(folder)
    reference(name, model, folder)
    if name in TRACES:
        trace(name, TRACES[name])
