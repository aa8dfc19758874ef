"""PyTorch's side of the training-step benchmark: torch_step.py FOLDER STEPS THREADS, on the weights that step.ts wrote.

The graph is that of Hugging Face's LlamaForCausalLM (sdpa attention) with PEFT's LoRA on q and v. Prints one line of JSON.
"""
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F

folder, steps, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
spec = json.load(open(f"{folder}/spec.json"))
config = spec["config"]
flat = torch.from_file(f"{folder}/weights.bin", size=sum(torch.Size(t["shape"]).numel() for t in spec["tensors"]))
W, offset = {}, 0
for t in spec["tensors"]:
    size = torch.Size(t["shape"]).numel()
    W[t["name"]] = flat[offset : offset + size].reshape(t["shape"]).clone().requires_grad_(t["trainable"])
    offset += size
del flat
batch, length, heads = spec["batch"], spec["time"], config["num_attention_heads"]
head_dim = config["hidden_size"] // heads
ids = torch.tensor(spec["ids"]).reshape(batch, length)
labels = torch.tensor(spec["labels"])
inverse = 1 / config["rope_theta"] ** (torch.arange(0, head_dim, 2) / head_dim)
angles = torch.outer(torch.arange(length).float(), inverse)
cos, sin = torch.cat([angles.cos()] * 2, -1), torch.cat([angles.sin()] * 2, -1)


def rms_norm(x, weight):
    return weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + config["rms_norm_eps"]))


def rotary(x):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


def linear(module, x):
    y = F.linear(x, W[f"{module}.weight"])
    if f"{module}.lora_A" not in W:
        return y
    return y + F.linear(F.linear(x, W[f"{module}.lora_A"]), W[f"{module}.lora_B"]) * spec["scale"]


def split(x):
    return x.view(batch, length, heads, head_dim).transpose(1, 2)


def forward():
    x = F.embedding(ids, W["model.embed_tokens.weight"])
    for i in range(config["num_hidden_layers"]):
        at = f"model.layers.{i}"
        h = rms_norm(x, W[f"{at}.input_layernorm.weight"])
        q, k = (rotary(split(linear(f"{at}.self_attn.{p}_proj", h))) for p in "qk")
        v = split(linear(f"{at}.self_attn.v_proj", h))
        context = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + linear(f"{at}.self_attn.o_proj", context.transpose(1, 2).reshape(batch, length, -1))
        h = rms_norm(x, W[f"{at}.post_attention_layernorm.weight"])
        x = x + linear(f"{at}.mlp.down_proj", F.silu(linear(f"{at}.mlp.gate_proj", h)) * linear(f"{at}.mlp.up_proj", h))
    logits = F.linear(rms_norm(x, W["model.norm.weight"]), W["model.embed_tokens.weight"])
    return F.cross_entropy(logits.reshape(-1, config["vocab_size"]), labels)


optimizer = torch.optim.AdamW([w for w in W.values() if w.requires_grad], lr=spec["learningRate"], weight_decay=0)
ms, losses = [], []
for _ in range(steps):
    begin = time.perf_counter()
    loss = forward()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    ms.append((time.perf_counter() - begin) * 1e3)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"ms": ms, "losses": losses, "peakBytes": peak, "threads": threads, "version": torch.__version__}))
