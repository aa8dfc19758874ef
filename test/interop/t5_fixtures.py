"""Writes test/fixtures/tiny/t5* and test/fixtures/traces/t5, from the repository's root: what transformers and PEFT compute.

`t5` is the first version: relu, scaled output. `t5-gated` is v1.1's kind: gated GELU, output as it is, attention wider than the
hidden size, fewer decoder layers; its few rows of distances are used up within the sequences of the cases.
"""
import json
import os
import shutil

import peft
import torch
import transformers

from fixtures import draw_parameters, write_batches, write_cases, write_gradients, write_trace

VOCAB, ROWS = 48, 3
common = dict(vocab_size=VOCAB, d_model=16, d_ff=24, num_heads=2, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, dropout_rate=0.0)
MODELS = {
    "t5": dict(d_kv=8, num_layers=2, **common),
    "t5-gated": dict(
        d_kv=12,
        num_layers=2,
        num_decoder_layers=1,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        relative_attention_num_buckets=8,
        relative_attention_max_distance=20,
        **common,
    ),
}


def build(fields):
    config = transformers.T5Config(**fields)
    config._attn_implementation = "eager"
    torch.manual_seed(7)
    model = transformers.T5ForConditionalGeneration(config).float().eval()
    draw_parameters(model, drawn)
    model.tie_weights()
    return model


def drawn(name, parameter, noise):
    return 1 + 0.1 * noise if parameter.dim() == 1 else noise * (0.5 if "shared" in name or "bias" in name else 0.2)


def batch(generator, length, targets, short):
    """`short`: the real tokens of the last row's source and target; of the others all are."""
    source, target = torch.ones(ROWS, length, dtype=torch.long), torch.ones(ROWS, targets, dtype=torch.long)
    source[-1, short[0] :] = 0
    target[-1, short[1] :] = 0
    ids = torch.randint(3, VOCAB, (ROWS, length), generator=generator)
    labels = torch.randint(3, VOCAB, (ROWS, targets), generator=generator)
    return dict(input_ids=ids * source, attention_mask=source, labels=torch.where(target.bool(), labels, -100))


for name, fields in MODELS.items():
    folder = f"test/fixtures/tiny/{name}"
    shutil.rmtree(folder, ignore_errors=True)
    build(fields).save_pretrained(folder)
    os.remove(f"{folder}/generation_config.json")
    if fields.get("tie_word_embeddings") is False:
        # As checkpoints of v1.1 have it; transformers 5 writes what it has made of the field.
        with open(f"{folder}/config.json") as file:
            config = json.load(file)
        config["tie_word_embeddings"] = False
        del config["scale_decoder_outputs"]
        with open(f"{folder}/config.json", "w") as file:
            json.dump(config, file, indent=2)
    model = transformers.T5ForConditionalGeneration.from_pretrained(folder, attn_implementation="eager").eval()
    assert model.config.scale_decoder_outputs == (name == "t5")
    generator = torch.Generator().manual_seed(5)
    cases = {"full": batch(generator, 12, 7, (12, 7)), "padded": batch(generator, 30, 26, (17, 9))}
    for inputs in cases.values():
        inputs["decoder_input_ids"] = model.prepare_decoder_input_ids_from_labels(inputs["labels"])
    write_cases(f"{folder}/reference.safetensors", model, cases)
    write_gradients(folder, model, cases["padded"])
    # A greedy text; without a penalty these models repeat one token for ever.
    source, penalty = [5, 9, 17, 3, 11, 8, 30, 21, 39, 6, 1], 4.0
    options = model.generation_config
    options.eos_token_id, options.pad_token_id, options.decoder_start_token_id = None, 0, 0
    ids = model.generate(torch.tensor([source]), max_new_tokens=24, do_sample=False, repetition_penalty=penalty)[0].tolist()
    with open(f"{folder}/written.json", "w") as file:
        json.dump(dict(source=source, penalty=penalty, ids=ids), file)

TARGETS = ["q", "v", "wi", "wo"]
root = "test/fixtures/traces/t5"
shutil.rmtree(root, ignore_errors=True)
os.makedirs(root)
generator = torch.Generator().manual_seed(11)
batches = [batch(generator, 9, 6, (9 - step % 4, 6 - step % 3)) for step in range(8)]
for each in batches:
    each["decoder_input_ids"] = model.prepare_decoder_input_ids_from_labels(each["labels"])
write_batches(root, batches)
for name, config in {
    "lora": peft.LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS),
    "vera": peft.VeraConfig(r=8, d_initial=0.1, target_modules=["q", "v"]),
}.items():
    torch.manual_seed(3)
    base = transformers.T5ForConditionalGeneration.from_pretrained("test/fixtures/tiny/t5", attn_implementation="eager")
    write_trace(f"{root}/{name}", peft.get_peft_model(base, config), sorted(config.target_modules), batches, 1e-2)
