"""PyTorch's side of the engine's benchmark: torch_engine.py FOLDER METHOD STEPS THREADS, on the files that engine.ts wrote.

The model is transformers' own, loaded by from_pretrained. LoRA is PEFT's. SVFT and LoRA-XS, which PEFT does not have, are
written the way their authors' public code computes them. Prints one line of JSON.
"""
import json
import resource
import sys
import time

import peft
import torch
import torch.nn.functional as F
import transformers
from safetensors.torch import load_file

folder, method, steps, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
cell = json.load(open(f"{folder}/cell.json"))
settings = cell["methods"][method]


def status(field):
    """A line of /proc/self/status in bytes, where there is one."""
    try:
        lines = open("/proc/self/status").read().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), None)


class LoraXS(torch.nn.Module):
    """W + s·B·R·A with A and B frozen, as in the LoRA-XS repository: three small products beside the base layer's."""

    def __init__(self, base, tensors):
        super().__init__()
        self.base, self.scale = base, settings["alpha"] / settings["rank"]
        self.A, self.B = (torch.nn.Parameter(tensors[name], requires_grad=False) for name in "AB")
        self.R = torch.nn.Parameter(tensors["R"])

    def forward(self, x):
        return self.base(x) + F.linear(F.linear(F.linear(x, self.A), self.R), self.B) * self.scale


class SVFT(torch.nn.Module):
    """U·(diag(S) + M)·Vᵀ in place of W, as in the SVFT repository: M's values with their places, the weight put together in each forward pass.

    There the sparse product is torch_sparse's. Here it gathers rows of Vᵀ and adds them up, which is what that one does on a CPU, and no slower
    than torch.sparse.mm, whose backward makes a dense gradient of M.
    """

    def __init__(self, base, tensors):
        super().__init__()
        self.bias = base.bias
        self.U, self.V = (torch.nn.Parameter(tensors[name], requires_grad=False) for name in "UV")
        self.M = torch.nn.Parameter(tensors["M"])
        k, d = len(tensors["S"]), settings["off_diagonals"]
        places = [(i, j) for i in range(k) for j in range(max(0, i - d), min(k - 1, i + d) + 1)]
        self.register_buffer("row", torch.tensor([i for i, _ in places]))
        self.register_buffer("column", torch.tensor([j for _, j in places]))
        # S on the places of M, so that the two are added in one go.
        self.register_buffer("S", torch.where(self.row == self.column, tensors["S"][self.row], 0))

    def forward(self, x):
        values = self.S + self.M
        middle = torch.zeros_like(self.V).index_add(0, self.row, values[:, None] * self.V[self.column])
        return F.linear(x, self.U @ middle, self.bias)


def adapt(model):
    """Replaces the target modules and freezes all else but a classification head."""
    tensors = load_file(f"{folder}/{method}.safetensors")
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    make = {"lora-xs": LoraXS, "svft": SVFT}[method]
    for name, module in list(model.named_modules()):
        if name.split(".")[-1] in cell["targets"]:
            parent, child = name.rsplit(".", 1)
            mine = {key.rsplit(".", 1)[1]: value for key, value in tensors.items() if key.startswith(f"{name}.")}
            setattr(model.get_submodule(parent), child, make(module, mine))
    if hasattr(model, "classifier"):
        model.classifier.requires_grad_(True)
    return model


def adapt_by_peft(model):
    task = {"causal-lm": "CAUSAL_LM", "sequence-classification": "SEQ_CLS"}[cell["task"]]
    config = peft.LoraConfig(
        r=settings["rank"], lora_alpha=settings["alpha"], lora_dropout=0, target_modules=cell["targets"], task_type=task
    )
    model = peft.get_peft_model(model, config)
    tensors = load_file(f"{folder}/{method}.safetensors")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".lora_" in name:
                module, rest = name.removeprefix("base_model.model.").split(".lora_")
                parameter.copy_(tensors[f"{module}.{rest[0]}"])
    return model


start = status("VmRSS")
auto = {
    "causal-lm": transformers.AutoModelForCausalLM,
    "sequence-classification": transformers.AutoModelForSequenceClassification,
}[cell["task"]]
model = auto.from_pretrained(folder, dtype=torch.float32)
if method != "full":
    model = adapt_by_peft(model) if method == "lora" else adapt(model)
model.train()
data = json.load(open(f"{folder}/batch.json"))
ids = torch.tensor(data["input_ids"]).reshape(cell["batch"], cell["length"])
labels = torch.tensor(data["labels"])
inputs = {
    "input_ids": ids,
    "attention_mask": torch.ones_like(ids),
    "labels": labels.reshape(ids.shape) if cell["task"] == "causal-lm" else labels,
}
o = settings["optimizer"]
trainable = [p for p in model.parameters() if p.requires_grad]
# The fused form is the fastest on a CPU, and what transformers' Trainer takes.
optimizer = torch.optim.AdamW(
    trainable, lr=o["learning_rate"], betas=o["betas"], eps=o["eps"], weight_decay=o["weight_decay"], fused=True
)
ms, losses = [], []
for _ in range(steps):
    began = time.perf_counter()
    loss = model(**inputs).loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    ms.append((time.perf_counter() - began) * 1e3)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def product_rate(rows: int, n: int, m: int) -> float:
    """Floating-point operations per second of one product of a layer, as bench/rate.ts measures Rankwise's."""
    x, w, seconds = torch.randn(rows, n), torch.randn(m, n), []
    with torch.no_grad():
        for _ in range(15):
            began = time.perf_counter()
            torch.nn.functional.linear(x, w)
            seconds.append(time.perf_counter() - began)
    return 2 * rows * n * m / sorted(seconds)[7]


versions = {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}
print(
    json.dumps(
        {
            "ms": ms,
            "losses": losses,
            "startBytes": start,
            "peakBytes": peak,
            "mappedBytes": status("RssFile"),
            "rate": product_rate(cell["batch"] * cell["length"], cell["config"]["hidden_size"], cell["config"]["intermediate_size"]),
            "trainable": sum(p.numel() for p in trainable),
            "versions": versions,
        }
    )
)
