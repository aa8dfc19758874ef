"""test: LoRA-XS on ./base, from a recipe of Rankwise.
For torch, transformers 5, peft and datasets. Paths are relative to the folder of the recipe.

Hugging Face PEFT does not have LoRA-XS, so this code does not train: it loads what Rankwise has trained.
  rankwise run test.peft
  rankwise export RUN --format lora -o ./lora
"""
import torch
from peft import PeftModel
import transformers


def load_model():
    model = transformers.AutoModelForCausalLM.from_pretrained("./base", dtype=torch.float32)
    model = PeftModel.from_pretrained(model, "./lora")
    return model


def main():
    model = load_model()
    model.print_trainable_parameters()


if __name__ == "__main__":
    main()
