"""Writes test/fixtures/regression/*.safetensors and test/fixtures/losses.json: `python test/interop/losses.py` from the root.

Regression of transformers on the tiny models with a head of one output, and losses of torch and transformers with their gradients.
"""
import json
import os

import torch
import transformers
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy
from transformers.trainer_pt_utils import LabelSmoother

VOCAB, TIME = 60, 12


def regression(name):
    config = transformers.AutoConfig.from_pretrained(f"test/fixtures/tiny/{name}", num_labels=1)
    config.pad_token_id = config.pad_token_id if config.pad_token_id is not None else 0
    config.problem_type = "regression"
    auto = transformers.AutoModelForSequenceClassification
    folder = f"test/fixtures/tiny/{name}"
    model = auto.from_pretrained(folder, config=config, attn_implementation="eager", ignore_mismatched_sizes=True)
    model = model.float().eval()
    random = torch.Generator().manual_seed(11)
    head = {key: value for key, value in model.named_parameters() if key.startswith(("classifier", "score"))}
    with torch.no_grad():
        for value in head.values():
            value.copy_(0.3 * torch.randn(value.shape, generator=random))
    mask = (torch.arange(TIME) < torch.tensor([[TIME], [7], [4]])).long()
    ids = torch.randint(5, VOCAB, (3, TIME), generator=random)
    ids = torch.where(mask == 1, ids, config.pad_token_id)
    labels = torch.tensor([-100.0, 0.25, 3.5])
    out = model(input_ids=ids, attention_mask=mask, labels=labels)
    out.loss.backward()
    tensors = {f"head.{key}": value.detach() for key, value in head.items()}
    tensors |= {f"grad.{key}": value.grad for key, value in head.items()}
    tensors |= dict(input_ids=ids, attention_mask=mask, labels=labels, logits=out.logits.detach(), loss=out.loss.detach())
    os.makedirs("test/fixtures/regression", exist_ok=True)
    save_file({key: value.contiguous() for key, value in tensors.items()}, f"test/fixtures/regression/{name}.safetensors")


def losses():
    random = torch.Generator().manual_seed(3)
    logits = torch.randn(5, 4, generator=random)
    labels = torch.tensor([3, 0, -100, 2, 0])
    weights = torch.tensor([0.5, 1.0, 2.0, 4.0])
    tokens = torch.randn(2, 5, 6, generator=random)
    next_tokens = torch.tensor([[1, 2, -100, 4, 5], [0, -100, -100, 3, 0]])

    def case(x, loss):
        x = x.clone().requires_grad_()
        value = loss(x)
        value.backward()
        return dict(loss=value.item(), gradient=x.grad.flatten().tolist())

    smoother = LabelSmoother(epsilon=0.1)
    found = dict(
        logits=logits.tolist(),
        labels=labels.tolist(),
        weights=weights.tolist(),
        tokens=tokens.tolist(),
        next_tokens=next_tokens.tolist(),
        smoothed=case(logits, lambda x: cross_entropy(x, labels, label_smoothing=0.1)),
        weighted=case(logits, lambda x: cross_entropy(x, labels, weight=weights)),
        both=case(logits, lambda x: cross_entropy(x, labels, weight=weights, label_smoothing=0.1)),
        next_smoothed=case(tokens, lambda x: smoother(dict(logits=x), next_tokens, shift_labels=True)),
    )
    with open("test/fixtures/losses.json", "w") as file:
        json.dump(found, file)
        file.write("\n")


for name in ["roberta", "llama"]:
    regression(name)
losses()
