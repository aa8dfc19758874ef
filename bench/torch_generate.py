"""PyTorch's side of generate.mjs: torch_generate.py FOLDER PROMPT TOKENS THREADS, greedy, with transformers' cache. Prints one line of JSON."""
import json
import sys
import time

import torch
import transformers

folder, prompt, tokens, threads = sys.argv[1], *map(int, sys.argv[2:5])
torch.set_num_threads(threads)
model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
model.generation_config.eos_token_id = None
model.generation_config.pad_token_id = 0
ids = torch.tensor([[i * 31 % 997 for i in range(prompt)]])


class Clock(transformers.generation.streamers.BaseStreamer):
    def put(self, value):
        self.times.append(time.perf_counter())

    def end(self):
        pass


clock = Clock()
for _ in range(2):
    clock.times = []
    with torch.no_grad():
        made = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, do_sample=False, use_cache=True, streamer=clock)
seconds = [after - before for before, after in zip(clock.times, clock.times[1:])]
print(json.dumps(dict(seconds=seconds, ids=made[0].tolist()[prompt:])))
