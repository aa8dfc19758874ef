"""Logits of a base model with an adapter as Hugging Face PEFT computes them: logits.py MODEL ADAPTER INPUT.json -> JSON on stdout."""
import json
import sys

import peft
import torch
import transformers

model_dir, adapter_dir, input_file = sys.argv[1:4]
torch.set_grad_enabled(False)
config = transformers.AutoConfig.from_pretrained(model_dir)
task = json.load(open(f"{adapter_dir}/adapter_config.json"))["task_type"]
auto = {"CAUSAL_LM": transformers.AutoModelForCausalLM, "SEQ_CLS": transformers.AutoModelForSequenceClassification}[task]
base = auto.from_pretrained(model_dir, dtype=torch.float32, attn_implementation="eager").eval()
model = peft.PeftModel.from_pretrained(base, adapter_dir).eval()
inputs = {name: torch.tensor(rows) for name, rows in json.load(open(input_file)).items()}
logits = model(**inputs).logits
trainable = sum(p.numel() for name, p in model.named_parameters() if "lora_" in name or "modules_to_save" in name)
versions = {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}
print(json.dumps({"logits": logits.tolist(), "parameters": trainable, "versions": versions}))
