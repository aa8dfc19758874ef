"""Writes the traces oft_*, boft_* of test/fixtures/traces with Hugging Face PEFT: `python test/interop/rotation_traces.py` from the root.

Twenty steps of torch's AdamW on the batches that are there. PEFT's CUDA extension, without which BOFT has one factor only, is replaced by
torch.block_diag, which computes the same.
"""
import json
import shutil

import peft
import peft.tuners.boft.layer as boft
import torch
import transformers

from fixtures import write_trace


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
    with open(f"test/fixtures/traces/{family}/batches.json") as file:
        batches = [{key: torch.tensor(value) for key, value in batch.items()} for batch in json.load(file)]
    model = base.from_pretrained(f"test/fixtures/tiny/{family}", attn_implementation="eager")
    model = peft.get_peft_model(model, config(target_modules=targets, **fields))
    write_trace(folder, model, targets, batches, lr)
