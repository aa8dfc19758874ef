"""Small decoders with what transformers and PEFT compute for them: decoders.py FOLDER writes FOLDER/NAME for every family.

NAME holds config.json, model.safetensors (with both heads), reference.safetensors (the language head), classes.safetensors (the
classification head), grads.json (of every parameter the norm of its gradient and its product with cos 0, cos 1, ...), and lora and
lora-classes: an adapter with the losses of training it for a few steps.
"""
import json
import sys
from pathlib import Path

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file

from fixtures import write_cases

VOCAB, ROWS, LENGTH, PAD, LABELS = 40, 2, 20, 0, 3
common = dict(vocab_size=VOCAB, hidden_size=16, intermediate_size=24, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, head_dim=8,
              max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=PAD, id2label={str(i): f"LABEL_{i}" for i in range(LABELS)},
              label2id={f"LABEL_{i}": i for i in range(LABELS)})
sliding, full = "sliding_attention", "full_attention"

# Each takes branches of the config that the larger models of test/fixtures/tiny do not take; old and new layouts.
configs = {
    "llama": dict(model_type="llama", attention_bias=True, mlp_bias=True, rope_theta=5e4,
                  rope_scaling=dict(rope_type="llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16)),
    "mistral": dict(model_type="mistral", sliding_window=6, rope_theta=1e6, tie_word_embeddings=True),
    "qwen2": dict(model_type="qwen2", use_sliding_window=True, sliding_window=6, max_window_layers=1, rope_theta=1e4,
                  rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=16)),
    "qwen3": dict(model_type="qwen3", attention_bias=True, tie_word_embeddings=True, use_sliding_window=True, sliding_window=5,
                  layer_types=[sliding, full, sliding], rope_parameters=dict(rope_type="default", rope_theta=1e4)),
    "gemma": dict(model_type="gemma", hidden_act="gelu", attention_bias=True, num_key_value_heads=1, rope_theta=1e4),
    "gemma2": dict(model_type="gemma2", hidden_activation="gelu_pytorch_tanh", query_pre_attn_scalar=20, sliding_window=6, attn_logit_softcapping=2.0,
                   final_logit_softcapping=None, layer_types=[full, sliding, full], rope_parameters=dict(rope_type="default", rope_theta=1e4)),
    "gemma3": dict(model_type="gemma3_text", hidden_activation="gelu_pytorch_tanh", query_pre_attn_scalar=20, sliding_window=6, sliding_window_pattern=2,
                   final_logit_softcapping=3.0, attn_logit_softcapping=1.0, rope_theta=1e5, rope_local_base_freq=1e3,
                   rope_scaling=dict(rope_type="linear", factor=8.0)),
    "phi3": dict(model_type="phi3", hidden_size=32, sliding_window=6, partial_rotary_factor=0.5, original_max_position_embeddings=16, rope_theta=1e4,
                 rope_scaling=dict(type="longrope", short_factor=[1.0, 1.3], long_factor=[1.5, 4.0])),
}
architectures = {"gemma3_text": "Gemma3ForCausalLM"}


def tensors_of(model, generator):
    """Weights far from their usual start, so that a forgotten one shows."""
    for name, p in sorted(model.named_parameters()):
        z = torch.randn(p.shape, generator=generator)
        base = p.detach() if p.dim() == 1 and name.endswith("weight") else 0
        p.data.copy_(base + z * (0.1 if p.dim() == 1 else 0.5 if "embed" in name else 0.25))


def build(name, folder):
    config = {**common, **configs[name]}
    if name == "phi3":
        del config["head_dim"]
    config["architectures"] = [architectures.get(config["model_type"], config["model_type"].capitalize() + "ForCausalLM")]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    loaded = transformers.AutoConfig.from_pretrained(folder)
    generator = torch.Generator().manual_seed(7)
    language = transformers.AutoModelForCausalLM.from_config(loaded)
    tensors_of(language, generator)
    language.tie_weights()
    state = {k: v.contiguous() for k, v in language.state_dict().items() if not (k == "lm_head.weight" and loaded.tie_word_embeddings)}
    state["score.weight"] = 0.25 * torch.randn(LABELS, config["hidden_size"], generator=generator)
    save_file(state, folder / "model.safetensors", {"format": "pt"})


def load(folder, classes):
    auto = transformers.AutoModelForSequenceClassification if classes else transformers.AutoModelForCausalLM
    return auto.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def inputs_of(classes):
    generator = torch.Generator().manual_seed(5)
    ids = torch.randint(3, VOCAB, (ROWS, LENGTH), generator=generator)
    right = torch.ones_like(ids)
    right[1, 13:] = 0
    cases = {"padded": right, "left": right.flip(1), "short": right[:, :12]}
    for case, mask in cases.items():
        padded = torch.where(mask.bool(), ids[:, : mask.shape[1]], PAD)
        labels = torch.tensor([2, 0]) if classes else torch.where(mask.bool(), padded, -100)
        if case == "left" and not classes:
            labels[1, 7] = -100  # What is in front of it is padding, whose logits mean nothing.
        yield case, dict(input_ids=padded, attention_mask=mask, labels=labels)


def reference(folder, classes):
    file = folder / ("classes.safetensors" if classes else "reference.safetensors")
    write_cases(file, load(folder, classes), dict(inputs_of(classes)))


def gradients(folder):
    model = load(folder, False)
    model(**dict(inputs_of(False))["padded"]).loss.backward()
    told = {}
    for name, p in model.named_parameters():
        g = p.grad.double().flatten()
        told[name] = [float(g.norm()), float(g @ torch.cos(torch.arange(g.numel(), dtype=torch.float64)))]
    (folder / "grads.json").write_text(json.dumps(told, indent=1) + "\n")


def train(folder, classes):
    torch.manual_seed(3)
    target = folder / ("lora-classes" if classes else "lora")
    task = peft.TaskType.SEQ_CLS if classes else peft.TaskType.CAUSAL_LM
    lora = peft.LoraConfig(r=2, lora_alpha=4, target_modules="all-linear", init_lora_weights=False, task_type=task)
    model = peft.get_peft_model(load(folder, classes), lora).eval()
    model.save_pretrained(target)
    (target / "README.md").unlink(missing_ok=True)
    config = json.loads((target / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = None
    config["target_modules"] = sorted(config["target_modules"])
    (target / "adapter_config.json").write_text(json.dumps(config, indent=1) + "\n")
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.01, weight_decay=0)
    losses, inputs = [], dict(inputs_of(classes))["padded"]
    for _ in range(6):
        loss = model(**inputs).loss
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    (target / "trace.json").write_text(json.dumps({"lr": 0.01, "losses": losses}) + "\n")


for name in configs:
    folder = Path(sys.argv[1]) / name
    build(name, folder)
    for classes in (False, True):
        reference(folder, classes)
        train(folder, classes)
    gradients(folder)
    print(name, {k: round(v.item(), 4) for k, v in load_file(folder / "reference.safetensors").items() if k.endswith("loss")})
