import type { FieldSpec } from '../types.ts';

export const modelFields: readonly FieldSpec[] = [
  {
    name: 'path',
    type: 'string',
    required: true,
    doc: 'Folder with `config.json`, `*.safetensors` and `tokenizer.json`, relative to the recipe; or a hub id such as `roberta-base` that is in the local Hugging Face cache. `config.json` alone is enough to validate and estimate.',
  },
  {
    name: 'task',
    type: 'enum',
    values: ['causal-lm', 'sequence-classification', 'image-classification', 'regression', 'seq2seq'],
    valueDocs: {
      'causal-lm': 'Predict the next token.',
      'sequence-classification': 'One class for a text.',
      'image-classification': 'One class for an image.',
      regression: 'One number for a text.',
      seq2seq: 'Text in, text out, with an encoder and a decoder.',
    },
    default: 'causal-lm',
    doc: 'What the model is trained for. Classification and regression put a head on the base model and save it beside the adapter.',
  },
  {
    name: 'num_labels',
    type: 'integer',
    minimum: 1,
    maximum: 1_000_000,
    defaultText: "the model's own, from config.json",
    doc: 'Number of classes of the head. Labels in the data are 0 to num_labels − 1.',
  },
  {
    name: 'dtype',
    type: 'enum',
    values: ['float32', 'bfloat16', 'float16', 'int8', 'nf4'],
    valueDocs: {
      float32: '4 bytes a weight.',
      bfloat16: "2 bytes a weight, float32's range.",
      float16: '2 bytes a weight, more precise than bfloat16 and of smaller range.',
      int8: '1 byte a weight, one scale per output; embeddings and heads in 2.',
      nf4: 'About half a byte a weight (QLoRA, double quantization); embeddings and heads in 2.',
    },
    default: 'float32',
    doc:
      'How the frozen matrices are held in memory; each is decoded to float32 where it is used. Trained weights, norms and biases are always ' +
      'float32. A matrix that the checkpoint stores in the held form stays in its file, mapped into memory: leave the file alone while a run goes on. Methods that ' +
      'start from a decomposition of W (pissa, milora, lora-xs, svf, svft) decompose W as it is held.',
  },
];
