"""Writes test/fixtures/tiny/vit/{train,grads_full}.safetensors and test/fixtures/traces/vit, from the repository's root: the loss of the tiny
ViT that tiny_encoders.py makes, the gradient of every parameter, and PEFT's LoRA on it, trained."""
import json
import os
import shutil

import peft
import torch
import transformers

from fixtures import without_dropout, write_cases, write_gradients, write_trace

FOLDER, ROOT = "test/fixtures/tiny/vit", "test/fixtures/traces/vit"


def load():
    return without_dropout(transformers.AutoModelForImageClassification.from_pretrained(FOLDER, attn_implementation="eager"))


def batch(generator, rows):
    # Two decimals, which the JSON file holds exactly.
    pixels = (torch.randn(rows, 3, 18, 12, generator=generator) * 100).round() / 100
    return dict(pixel_values=pixels, labels=torch.randint(0, 5, (rows,), generator=generator))


generator = torch.Generator().manual_seed(13)
inputs = batch(generator, 3)
model = load().eval()
write_cases(f"{FOLDER}/train.safetensors", model, {"train": inputs})
write_gradients(FOLDER, model, inputs)

shutil.rmtree(ROOT, ignore_errors=True)
os.makedirs(ROOT)
batches = [batch(generator, 2) for _ in range(8)]


def decimals(values):
    return [decimals(value) for value in values] if isinstance(values, list) else round(values, 2)


with open(f"{ROOT}/batches.json", "w") as file:
    written = [{key: decimals(value.tolist()) for key, value in each.items()} for each in batches]
    json.dump(written, file, separators=(",", ":"))
torch.manual_seed(3)
targets = ["fc2", "q_proj", "v_proj"]
config = peft.LoraConfig(r=4, lora_alpha=8, target_modules=targets, modules_to_save=["classifier"], init_lora_weights="gaussian")
write_trace(f"{ROOT}/lora", peft.get_peft_model(load(), config), targets, batches, 1e-2)
