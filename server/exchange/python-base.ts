/** Loading the base model with transformers, as the recipe's `model` says. */
import type { Recipe, Task } from '../recipe/types.ts';
import { Expression, pythonCall, pythonValue } from './python-text.ts';

const classes: Readonly<Record<Task, string>> = {
  'causal-lm': 'AutoModelForCausalLM',
  'sequence-classification': 'AutoModelForSequenceClassification',
  'image-classification': 'AutoModelForImageClassification',
  regression: 'AutoModelForSequenceClassification',
  seq2seq: 'AutoModelForSeq2SeqLM',
};

/** `tokenizer = …`; of images `processor = …` */
export const reader = ({ model: { path, task } }: Recipe): string =>
  task === 'image-classification'
    ? `processor = transformers.AutoImageProcessor.from_pretrained(${pythonValue(path)})`
    : `tokenizer = transformers.AutoTokenizer.from_pretrained(${pythonValue(path)})`;

/** `model = …`; `newHead`: the checkpoint has a head for another number of labels, which makes room for a new one. */
export function baseModel({ model: { path, task, num_labels, dtype } }: Recipe, newHead: boolean): string {
  const head = newHead ? { ignore_mismatched_sizes: true } : {};
  const labels = task === 'regression' ? { num_labels: 1, problem_type: 'regression' } : { num_labels };
  const held: Record<string, unknown> =
    dtype === 'int8'
      ? { quantization_config: new Expression('transformers.BitsAndBytesConfig(load_in_8bit=True)') }
      : dtype === 'nf4'
        ? { quantization_config: new Expression(nf4) }
        : { dtype: new Expression(`torch.${dtype}`) };
  return `model = ${pythonCall(`transformers.${classes[task]}.from_pretrained`, [path], { ...labels, ...head, ...held })}`;
}

const nf4 =
  'transformers.BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=torch.bfloat16)';
