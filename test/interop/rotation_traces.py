"""Writes the traces oft_*, boft_* of test/fixtures/traces with Hugging Face PEFT: `python test/interop/rotation_traces.py` from the root.

Twenty steps of torch's AdamW on the batches that are there. PEFT's CUDA extension, without which BOFT has one factor only, is replaced by
torch.block_diag, which computes the same.
"""
import json
import os
import shutil

import peft
import peft.tuners.boft.layer as boft
import torch
import transformers
from safetensors.torch import save_file

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


class BlockDiagonal:
    @staticmethod
    def apply(factors):
        return torch.stack([torch.block_diag(*factor) for factor in factors])


boft.get_fbd_cuda = lambda: True
boft.FastBlockDiag = BlockDiagonal

FAMILIES = {
    "llama": (transformers.LlamaForCausalLM, ["q_proj", "down_proj"]),
    "roberta": (transformers.RobertaForSequenceClassification, ["query", "output.dense"]),
}
TRACES = [
    ("llama", "oft_series", peft.OFTConfig, dict(oft_block_size=8), 5e-3),
    ("roberta", "oft_coft", peft.OFTConfig, dict(oft_block_size=8, coft=True, eps=0.1), 5e-3),
    ("roberta", "oft_shared", peft.OFTConfig, dict(oft_block_size=0, r=4, block_share=True, use_cayley_neumann=False), 5e-3),
    ("llama", "boft_3", peft.BOFTConfig, dict(boft_block_size=4, boft_n_butterfly_factor=3), 5e-3),
    ("roberta", "boft", peft.BOFTConfig, dict(boft_block_size=0, boft_block_num=4), 5e-3),
]

for family, name, config, fields, lr in TRACES:
    base, targets = FAMILIES[family]
    folder = f"test/fixtures/traces/{family}/{name}"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(f"test/fixtures/traces/{family}/batches.json") as file:
        batches = [{key: torch.tensor(value) for key, value in batch.items()} for batch in json.load(file)]
    model = base.from_pretrained(f"test/fixtures/tiny/{family}", attn_implementation="eager")
    model = peft.get_peft_model(model, config(target_modules=targets, **fields))
    parameters = [p for p in model.parameters() if p.requires_grad]
    model.save_pretrained(f"{folder}/adapter_before")
    optimizer = torch.optim.AdamW(parameters, lr=lr, weight_decay=0.0)
    losses, norms = [], []
    model.train()
    for batch in batches:
        loss = model(**batch).loss
        optimizer.zero_grad()
        loss.backward()
        norms.append(float(torch.sqrt(sum((p.grad.double() ** 2).sum() for p in parameters))))
        optimizer.step()
        losses.append(float(loss))
    model.eval()
    with torch.no_grad():
        logits = model(**batches[0]).logits
    model.save_pretrained(f"{folder}/adapter_after")
    for part in ("before", "after"):
        os.remove(f"{folder}/adapter_{part}/README.md")
    save_file({"final_logits_batch0": logits.contiguous()}, f"{folder}/logits.safetensors")
    trace = dict(
        lr=lr,
        optimizer=dict(betas=[0.9, 0.999], eps=1e-8, weight_decay=0.0),
        n_trainable=sum(p.numel() for p in parameters),
        target_modules=targets,
        loss_per_step=losses,
        grad_norm_per_step=norms,
        torch=torch.__version__,
        peft=peft.__version__,
    )
    with open(f"{folder}/trace.json", "w") as file:
        json.dump(trace, file, indent=1)
    print(family, name, trace["n_trainable"], losses[0], losses[-1])
