"""What the scripts that write fixtures share: how tiny models are drawn, the files of a model's cases and gradients, and of a trace of its training."""
import json
import os

import peft
import torch
from safetensors.torch import save_file

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def draw_parameters(model, value):
    """Every parameter in the order of their names: `value` of its name, of what it is and of noise in its shape."""
    generator = torch.Generator().manual_seed(77)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            parameter.copy_(value(name, parameter, torch.randn(parameter.shape, generator=generator)))


def without_dropout(model):
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def write_cases(file, model, cases):
    """Inputs, logits and loss of each case under CASE.NAME; returns them."""
    tensors = {}
    for case, inputs in cases.items():
        with torch.no_grad():
            outputs = model(**inputs)
        kept = inputs | dict(logits=outputs.logits, loss=outputs.loss.reshape(1))
        tensors |= {f"{case}.{key}": value.clone().contiguous() for key, value in kept.items()}
    save_file(tensors, file)
    return tensors


def write_gradients(folder, model, inputs):
    model(**inputs).loss.backward()
    gradients = {name: p.grad if p.grad is not None else torch.zeros_like(p) for name, p in model.named_parameters()}
    save_file({name: gradient.contiguous() for name, gradient in gradients.items()}, f"{folder}/grads_full.safetensors")


def write_batches(folder, batches):
    with open(f"{folder}/batches.json", "w") as file:
        json.dump([{key: value.tolist() for key, value in batch.items()} for batch in batches], file)


def write_trace(folder, model, targets, batches, lr):
    """The adapter before and after a step of torch's AdamW on each batch, losses and norms of gradients, and logits of the first batch."""
    os.makedirs(folder)
    parameters = [p for p in model.parameters() if p.requires_grad]
    write_adapter(f"{folder}/adapter_before", model)
    optimizer = torch.optim.AdamW(parameters, lr=lr, weight_decay=0.0)
    losses, norms = [], []
    model.train()
    for batch in batches:
        loss = model(**batch).loss
        optimizer.zero_grad()
        loss.backward()
        norms.append(float(torch.sqrt(sum((p.grad.double() ** 2).sum() for p in parameters))))
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        logits = model(**batches[0]).logits
    write_adapter(f"{folder}/adapter_after", model)
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
    print(folder, trace["n_trainable"], losses[0], losses[-1])


def write_adapter(folder, model):
    model.save_pretrained(folder)
    os.remove(f"{folder}/README.md")
