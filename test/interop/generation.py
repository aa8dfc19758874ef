"""Greedy texts that transformers writes with the tiny models, with its cache: generation.py writes test/fixtures/generation.json.

Without the cache for LongRoPE: where the frequencies change transformers 5.18 drops what it kept, and then computes the last token alone.
"""
import json
import shutil
import tempfile
from pathlib import Path

import torch
import transformers

fixtures = Path(__file__).parent.parent / "fixtures"
PROMPT = [5, 9, 17, 3, 11, 8, 30, 21, 39, 6]
# Or some models repeat one token for ever.
PENALTY = 1.5

dynamic = dict(rope_type="dynamic", rope_theta=10000.0, factor=4.0)
# Folder, what is changed in its config.json, and how many tokens are written.
cases = {
    "llama": ("llama", {}, 70),
    "llama, dynamic NTK beyond its positions": ("llama", dict(max_position_embeddings=16, rope_parameters=dynamic), 40),
    "mistral, window": ("mistral", {}, 40),
    "gemma2, window and caps": ("gemma2", {}, 40),
    "gemma3, two kinds of positions": ("decoders/gemma3", {}, 40),
    "phi3, LongRoPE beyond its first context": ("decoders/phi3", {}, 40),
    "gpt_neox": ("gpt_neox", {}, 22),
    "gpt2": ("gpt2", {}, 22),
    "opt": ("opt", {}, 22),
}


def write(folder, changes, count):
    source = fixtures / "tiny" / folder
    with tempfile.TemporaryDirectory() as copy:
        config = json.loads((source / "config.json").read_text()) | changes
        Path(copy, "config.json").write_text(json.dumps(config))
        shutil.copy(source / "model.safetensors", copy)
        model = transformers.AutoModelForCausalLM.from_pretrained(copy, dtype=torch.float32, attn_implementation="eager")
        model.generation_config.eos_token_id = None
        model.generation_config.pad_token_id = 0
        ids = model.generate(torch.tensor([PROMPT]), max_new_tokens=count, do_sample=False,
                             repetition_penalty=PENALTY, use_cache=folder != "decoders/phi3")[0].tolist()
    return dict(folder=folder, changes=changes, ids=ids[len(PROMPT):])


made = {name: write(*case) for name, case in cases.items()}
(fixtures / "generation.json").write_text(json.dumps(dict(prompt=PROMPT, penalty=PENALTY, cases=made), separators=(",", ":")) + "\n")
