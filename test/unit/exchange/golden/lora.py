"""test: LoRA on ./base, from a recipe of Rankwise.
For torch, transformers 5, peft and datasets. Paths are relative to the folder of the recipe.
"""
import torch
from peft import LoraConfig, get_peft_model
import transformers

config = LoraConfig(
    task_type="CAUSAL_LM",
    target_modules=["q_proj", "v_proj"],
    r=4,
    lora_alpha=32,
    lora_dropout=0.1,
    use_rslora=False,
    init_lora_weights=True,
)


def load_model():
    model = transformers.AutoModelForCausalLM.from_pretrained("./base", dtype=torch.float32)
    model = get_peft_model(model, config)
    return model


def load_data(tokenizer):
    import datasets

    data = datasets.DatasetDict()
    data["train"] = datasets.load_dataset("json", data_files="data/train.jsonl", split="train")
    parts = data["train"].train_test_split(test_size=0.05, seed=42)
    data = datasets.DatasetDict(train=parts["train"], validation=parts["test"])

    def encode(row):
        prompt = tokenizer(row["prompt"])["input_ids"]
        ids = tokenizer(row["prompt"] + row["completion"])["input_ids"] + [tokenizer.eos_token_id]
        labels = [-100] * len(prompt) + ids[len(prompt):]
        return {"input_ids": ids[:512], "attention_mask": [1] * len(ids[:512]), "labels": labels[:512]}

    return data.map(encode, remove_columns=data["train"].column_names)


def main():
    transformers.set_seed(42)
    model = load_model()
    model.print_trainable_parameters()
    tokenizer = transformers.AutoTokenizer.from_pretrained("./base")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    data = load_data(tokenizer)
    trainer = transformers.Trainer(
        model=model,
        args=transformers.TrainingArguments(
            output_dir="runs/test-peft",
            num_train_epochs=5,
            per_device_train_batch_size=8,
            gradient_accumulation_steps=1,
            learning_rate=0.0002,
            weight_decay=0.01,
            adam_beta1=0.9,
            adam_beta2=0.999,
            adam_epsilon=1e-8,
            lr_scheduler_type="linear",
            warmup_steps=500,
            max_grad_norm=1,
            seed=42,
            eval_strategy="epoch",
            save_strategy="epoch",
            logging_steps=1,
            report_to="none",
        ),
        train_dataset=data["train"],
        eval_dataset=data["validation"],
        data_collator=transformers.DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=-100),
    )
    trainer.train()
    model.save_pretrained("runs/test-peft/adapter")


if __name__ == "__main__":
    main()
