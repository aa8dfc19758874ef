"""test: AdaLoRA on ./base, from a recipe of Rankwise.
For torch, transformers 5, peft and datasets. Paths are relative to the folder of the recipe.
"""
import torch
from peft import AdaLoraConfig, get_peft_model
import transformers

TOTAL_STEPS = 3450

config = AdaLoraConfig(
    task_type="SEQ_CLS",
    target_modules="all-linear",
    init_r=12,
    target_r=8,
    lora_alpha=32,
    lora_dropout=0,
    tinit=600,
    tfinal=1800,
    deltaT=1,
    beta1=0.85,
    beta2=0.85,
    orth_reg_weight=0.1,
    total_step=TOTAL_STEPS,
)


def load_model():
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        "./base",
        num_labels=2,
        dtype=torch.float32,
    )
    model = get_peft_model(model, config)
    return model


def load_data(tokenizer):
    import datasets

    data = datasets.DatasetDict()
    data["train"] = datasets.load_dataset("json", data_files="data/train.jsonl", split="train")
    parts = data["train"].train_test_split(test_size=0.05, seed=42)
    data = datasets.DatasetDict(train=parts["train"], validation=parts["test"])
    if data["train"].features["label"].dtype.endswith("string"):
        names = sorted(data["train"].unique("label"))
        data = data.cast_column("label", datasets.ClassLabel(names=names))

    def encode(row):
        encoded = tokenizer(row["text"], truncation=True, max_length=320)
        return {**encoded, "labels": row["label"]}

    return data.map(encode, remove_columns=data["train"].column_names)


class AfterStep(transformers.TrainerCallback):
    def on_optimizer_step(self, args, state, control, model=None, **kwargs):
        model.base_model.update_and_allocate(state.global_step)


def main():
    transformers.set_seed(42)
    model = load_model()
    model.print_trainable_parameters()
    tokenizer = transformers.AutoTokenizer.from_pretrained("./base")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
        model.config.pad_token_id = tokenizer.pad_token_id
    data = load_data(tokenizer)
    trainer = transformers.Trainer(
        model=model,
        args=transformers.TrainingArguments(
            output_dir="runs/test-peft",
            max_steps=3450,
            per_device_train_batch_size=32,
            gradient_accumulation_steps=1,
            learning_rate=0.001,
            weight_decay=0,
            adam_beta1=0.9,
            adam_beta2=0.999,
            adam_epsilon=1e-8,
            lr_scheduler_type="linear",
            warmup_steps=0.1,
            max_grad_norm=1,
            seed=42,
            eval_strategy="epoch",
            save_strategy="epoch",
            logging_steps=1,
            report_to="none",
        ),
        train_dataset=data["train"],
        eval_dataset=data["validation"],
        data_collator=transformers.DataCollatorWithPadding(tokenizer),
        callbacks=[AfterStep()],
    )
    trainer.train()
    model.save_pretrained("runs/test-peft/adapter")


if __name__ == "__main__":
    main()
