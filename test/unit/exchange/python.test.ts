/** The Python code of a recipe: valid, the same settings as PEFT would read back, and honest about what it does not do. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { moduleTable } from '../../../server/architectures/families.ts';
import type { ModelConfig } from '../../../server/architectures/types.ts';
import { analyse } from '../../../server/budget/analyse.ts';
import { wellKnown } from '../../../server/chat/well-known.ts';
import { pythonOf } from '../../../server/exchange/python.ts';
import { plainText, recipeText } from '../../../server/language/snippets.ts';
import { methods } from '../../../server/methods/registry.ts';
import type { Method } from '../../../server/methods/types.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';

function codeOf(text: string, columns: string[] = []) {
  const { recipe, diagnostics } = parseRecipe(text, methods, 'test');
  if (!recipe) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return pythonOf(
    recipe,
    recipe.adapters.map(({ method }) => method),
    { data: { train: { files: [], columns, sampled: 0 } } },
  );
}
const vitConfig = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../../fixtures/tiny/vit/config.json'), 'utf8'),
) as ModelConfig;
const vit = { table: moduleTable(vitConfig, 'image-classification'), config: vitConfig, problems: [] };
const all = Object.values<Method>(methods);
const paperCode = (method: Method, i = 0) => codeOf(recipeText(method, method.recipes[i]!, './base', plainText)).code;

const causal = (entry: string, more = '') =>
  `version: 1\nmodel: { path: "./my \\"base\\"", dtype: nf4 }\nadapters: [${entry}]\n${more}`;

const classifies = (metric: string, task = 'sequence-classification') =>
  `version: 1\nmodel: { path: ./base, task: ${task} }\nadapters: [{ method: lora }]\ndata: { train: a.jsonl, validation: b.jsonl }\n` +
  `training: { metric: ${metric}, eval_steps: 50, early_stopping: { patience: 2, min_delta: 0.01 }, label_smoothing: 0.1 }\n`;

test.each([
  [
    'accuracy',
    'sequence-classification',
    'accuracy',
    true,
    'sklearn.metrics.accuracy_score(predictions.label_ids, predicted)',
  ],
  ['loss', 'sequence-classification', 'loss', false, undefined],
  ['mae', 'regression', 'mae', false, 'predicted = predictions.predictions.squeeze(-1)'],
  ['pearson', 'regression', 'pearson', true, 'scipy.stats.pearsonr(predictions.label_ids, predicted).statistic'],
])('the best step by %s, and early stopping', (metric, task, name, greater, measure) => {
  const { code } = codeOf(classifies(metric, task));
  expect(code).toContain(`metric_for_best_model="${name}"`);
  expect(code).toContain(`greater_is_better=${greater ? 'True' : 'False'}`);
  expect(code).toContain('load_best_model_at_end=True');
  expect(code).toMatch(/save_strategy="steps",\s+save_steps=50/);
  expect(code).toMatch(/EarlyStoppingCallback\(\s*early_stopping_patience=2,\s*early_stopping_threshold=0.01,?\s*\)/);
  expect(code).toContain('label_smoothing_factor=0.1');
  expect(code.includes('compute_metrics=compute_metrics')).toBe(measure !== undefined);
  if (measure) expect(code).toContain(measure);
});

test.each(['lora', 'adalora', 'lora-xs', 'bitfit'] as const)('%s: golden', async (id) => {
  await expect(paperCode(methods[id])).toMatchFileSnapshot(`golden/${id}.py`);
});

const images = (train: string, more = '') =>
  codeOf(
    `version: 1\nmodel: { path: ./vit, task: image-classification }\nadapters: [{ method: lora }]\ndata: { train: ${train} }\n${more}`,
  ).code;

test('images: a folder of classes, an image processor, and the head, which PEFT does not save by itself', () => {
  const code = images('photos');
  expect(code).toContain('datasets.load_dataset("imagefolder", data_dir="photos", split="train")');
  expect(code).toContain('processor = transformers.AutoImageProcessor.from_pretrained("./vit")');
  expect(code).toContain('modules_to_save=["classifier"]');
  expect(code).toMatch(/remove_unused_columns=False,\n +\),\n/);
  expect(code).not.toMatch(/task_type|Tokenizer/);
  expect(images('d/a.jsonl')).toContain('os.path.join("d", row["image"])');
});

test('images: the best step by a metric, and an early stop, as for texts', () => {
  const stop = 'training: { metric: accuracy, early_stopping: { patience: 2 } }';
  const code = images('photos, validation: 0.1', stop);
  expect(code).toContain('def compute_metrics(predictions):');
  expect(code).toContain('    compute_metrics=compute_metrics,');
  expect(code).toContain('transformers.EarlyStoppingCallback(');
  expect(code).toContain('train_test_split(test_size=0.1, seed=42)');
});

test('every line that a recipe can bring is Python', () => {
  const python = ['python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (!python) return console.warn('      no Python here: the code was not compiled');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rankwise-python-'));
  const data = (columns: string, file = 'a.jsonl') => `data: { train: ${file}, columns: ${columns} }\n`;
  const codes = [
    ...all.flatMap((method) => method.recipes.map((_, i) => paperCode(method, i))),
    codeOf(causal('{ method: lora, rank_pattern: { "a\\\\.b": 4 }, layers_to_transform: [0, 1] }')).code,
    codeOf(causal('{ method: full, target_modules: ".*\\\\.q_proj" }', 'name: "x\\"\\"\\""\n')).code,
    codeOf(causal('{ method: full, target_modules: [q_proj, v_proj] }', data('{ text: "it\'s" }', 'a.txt'))).code,
    codeOf(causal('{ method: bitfit, target_modules: all-linear }', data('{ messages: chat }'))).code,
    codeOf(causal('{ method: lora }', data('{ instruction: q, input: c, output: a }'))).code,
    codeOf(causal('{ method: lora }', data('{ messages: conversations }'))).code,
    codeOf(causal('{ method: lora }', data('{ prompt: a, completion: b }')).replace('dtype: nf4', 'task: seq2seq'))
      .code,
    codeOf(causal('{ path: ./adapter }', data('{ input_ids: ids, labels: labels }', '[a.parquet, b.parquet]'))).code,
    ...['accuracy', 'f1_macro', 'loss'].map((metric) => codeOf(classifies(metric)).code),
    codeOf(causal('{ method: lora }', `training: { max_grad_norm: null, save_steps: 5, neftune_alpha: 5 }\n`)).code,
    ...['photos', 'a.jsonl', 'a.parquet'].map((file) => images(file)),
  ];
  try {
    codes.forEach((code, i) => void writeFileSync(path.join(folder, `code${i}.py`), code));
    const { status, stdout } = spawnSync(python, ['-m', 'compileall', '-q', folder], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const types: Record<string, string> = {
  LoraConfig: 'LORA',
  AdaLoraConfig: 'ADALORA',
  VeraConfig: 'VERA',
  IA3Config: 'IA3',
  OFTConfig: 'OFT',
  BOFTConfig: 'BOFT',
};

describe.each(all.filter(({ toPeft }) => toPeft))('$id as PEFT has it', (method) => {
  it('is read back as what it was', () => {
    for (const paper of method.recipes) {
      const [entry] = parseRecipe(recipeText(method, paper, 'm', plainText), methods).recipe!.adapters;
      const settings = { rank: entry!.rank as number, alpha: entry!.alpha!, options: entry!.options };
      const { config, arguments: given } = method.toPeft!(settings, { rank: {}, alpha: {} });
      const read = method.fromPeft!({ peft_type: types[config], ...given })!;
      expect(read.options).toMatchObject(settings.options);
      for (const field of ['rank', 'alpha'] as const)
        if (method.fields.some(({ name, default: usual }) => name === field && (usual || field === 'alpha')))
          expect(read[field]).toBe(settings[field]);
    }
  });
});

test('a method that PEFT lacks is not trained by the code, which says so', () => {
  for (const method of all.filter(({ toPeft, kind }) => !toPeft && kind === 'matrices')) {
    const code = paperCode(method);
    expect(code).toContain(`PEFT does not have ${method.title}, so this code does not train`);
    expect(code).toContain('rankwise export RUN --format lora');
    expect(code).not.toMatch(/Trainer|get_peft_model/);
  }
});

test('what transformers does not do is said', () => {
  const more =
    'budget: { trainable: 1M }\nsweep: { training.seed: [1, 2] }\ntraining: { optimizer: { lora_plus_ratio: 16 } }\n';
  const { code, notes } = codeOf(causal('{ method: lora }', more));
  expect(notes.map((note) => note.split(':')[0])).toEqual(['sweep', 'budget', 'lora_plus_ratio']);
  for (const note of notes) expect(code).toContain(`- ${note}`);
});

test('columns are those that the data has', () => {
  const text = causal('{ method: lora }', 'data: { train: a.jsonl }\n');
  expect(codeOf(text, ['prompt', 'completion']).code).toContain('row["prompt"] + row["completion"]');
  expect(codeOf(text).code).toContain('row["text"]');
});

test('seq2seq: prompt and completion each for themselves, and no task type, with which PEFT does not start', () => {
  const { code } = codeOf(
    `${causal('{ method: lora }').replace('dtype: nf4', 'task: seq2seq')}data: { train: a.jsonl }\n`,
    ['prompt', 'completion'],
  );
  expect(code).toContain('tokenizer(text_target=row["completion"]');
  expect(code).not.toMatch(/task_type|-100\]/);
});

test('conversations: loss on the answers alone, by the template that the recipe names', () => {
  const chat = (template = '') =>
    codeOf(causal('{ method: lora }', `data: { train: a.jsonl${template} }\n`), ['messages']).code;
  expect(chat()).toContain('if message["role"] != "assistant":\n                continue');
  expect(chat()).not.toContain('tokenizer.chat_template');
  expect(chat(', chat_template: chatml')).toContain(`tokenizer.chat_template = ${JSON.stringify(wellKnown.chatml)}`);
  expect(chat(', chat_template: t/x.jinja')).toContain(
    'tokenizer.chat_template = open("t/x.jinja", encoding="utf-8").read()',
  );
});

test('targets have the names that modules have in transformers, whatever the checkpoint calls them', () => {
  const code = (targets: string) => {
    const text = `version: 1\nmodel: { path: ./vit, task: image-classification }\nadapters: [{ method: lora, target_modules: ${targets} }]\n`;
    const world = { model: vit };
    const { recipe, methods: ids, ...analysis } = analyse(parseRecipe(text, methods, 'test'), world);
    return pythonOf(recipe!, ids, { ...world, ...analysis }).code;
  };
  expect(code('[query, value]')).toContain('target_modules=["q_proj", "v_proj"]');
  expect(code('[layer.1.attention.attention.query]')).toContain('target_modules=["vit.layers.1.attention.q_proj"]');
  expect(code('all-linear')).toContain('target_modules="all-linear"');
});

test('names of classes become numbers, in the order of config.json where it has one', () => {
  const text =
    'version: 1\nmodel: { path: ./b, task: sequence-classification, num_labels: 2 }\nadapters: [{ method: lora }]\ndata: { train: a.csv }\n';
  const { recipe } = parseRecipe(text, methods, 'test');
  const code = (config: ModelConfig) => pythonOf(recipe!, ['lora'], { model: { ...vit, config } }).code;
  expect(code({ id2label: { 0: 'LABEL_0', 1: 'LABEL_1' } })).toContain('names = sorted(data["train"].unique("label"))');
  expect(code({ id2label: { 0: 'no', 1: 'maybe' } })).toContain('names = ["no", "maybe"]');
});

test('rows are cut where the model has no more positions', () => {
  const text = causal('{ method: lora }', 'data: { train: a.txt, max_length: 4096 }\n');
  const { recipe } = parseRecipe(text, methods, 'test');
  const { code } = pythonOf(recipe!, ['lora'], { model: vit });
  expect(code).toContain(`[:${vit.table.shape.maxPositions}]`);
});

test.each([
  [
    'data/pairs',
    ['/r/data/pairs/train/data-0.arrow'],
    'arrow',
    '"arrow", data_files="data/pairs/train/data-0.arrow", split="train"',
  ],
  [
    '../a',
    ['/a/x.tsv', '/a/y.tsv'],
    'tsv',
    '"csv", data_files=["../a/x.tsv", "../a/y.tsv"], delimiter="\\t", split="train"',
  ],
  [
    'nyu-mll/glue/sst2',
    ['/c/datasets--nyu-mll--glue/s/sst2/train-0.parquet'],
    'parquet',
    '"nyu-mll/glue", "sst2", split="train"',
  ],
  ['x/y:test', ['/c/x___y/test.arrow'], 'arrow', '"x/y", split="test"'],
])('data %s is loaded from what it turned out to be', (spec, files, format, call) => {
  const train = { files, patterns: files, format, columns: ['text'], sampled: 1 };
  const { recipe } = parseRecipe(causal('{ method: lora }', `data: { train: "${spec}" }\n`), methods, 'test');
  const { code } = pythonOf(recipe!, ['lora'], { folder: '/r', data: { train } });
  expect(code.replace(/\(\s+/g, '(').replace(/,\s+/g, ', ').replace(/, \)/g, ')')).toContain(
    `datasets.load_dataset(${call})`,
  );
});

test('several adapters are refused', () => {
  const two = causal('{ method: lora, target_modules: [q] }, { method: lora, target_modules: [v] }');
  expect(() => codeOf(two)).toThrow(expect.objectContaining({ code: 'several-adapters' }));
});
