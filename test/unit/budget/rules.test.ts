import { expect, test } from 'vitest';
import { analyse } from '../../../server/budget/analyse.ts';
import { rules } from '../../../server/budget/rules/registry.ts';
import type { World } from '../../../server/budget/types.ts';
import { applied, parse } from '../recipe/harness.ts';
import { analysed, brief, recipeText, table, worldOf } from './harness.ts';

const llama = 'llama-3-8b';
const roberta = 'roberta-base';
const found = (entries: string, more = '', name = llama, world = {}) =>
  brief(analysed(name, entries, more, world).diagnostics);
const lora = (fields = '') => `{method: lora${fields && `, ${fields}`}}`;

test('a sound recipe has no findings and is resolved', () => {
  const { diagnostics, recipe } = analysed(llama, lora());
  expect(diagnostics).toEqual([]);
  expect(recipe?.adapters[0]?.rank).toBe(8);
});

test('ranks above min(m, n): once for the field, with the largest that fits as fix', () => {
  const { diagnostics } = analysed(llama, lora('rank: 2000, target_modules: [q_proj, k_proj]'));
  expect(brief(diagnostics)).toEqual(['error rank-too-large adapters.0.rank']);
  expect(diagnostics[0]!.message).toBe(
    'Rank 2000 is above min(m, n) = 1024 of model.layers.0.self_attn.k_proj (1024×4096); choose 1024 or less. The same holds for 31 more.',
  );
  const document = parse(recipeText(llama, lora('rank: 2000, target_modules: [q_proj, k_proj]')));
  expect(applied(document, diagnostics[0]!.fixes![0]!)).toContain('rank: 1024');
});

test.each([
  ['pissa', 'nf4', ['error base-quantized model.dtype']],
  ['milora', 'int8', ['error base-quantized model.dtype']],
  ['pissa', 'bfloat16', []],
  ['lora-xs', 'nf4', []],
])('%s on a base held as %s', (method, dtype, expected) => {
  const text = recipeText(llama, `{method: ${method}}`).replace('path: x', `path: x, dtype: ${dtype}`);
  const { diagnostics } = analyse(parse(text), worldOf(llama));
  expect(brief(diagnostics)).toEqual(expected);
  const [fix] = diagnostics.flatMap(({ fixes }) => fixes ?? []);
  if (fix) expect(applied(parse(text), fix)).toContain('dtype: bfloat16');
});

test('(IA)³: feed-forward modules are among those that are adapted', () => {
  expect(found('{method: ia3, feedforward_modules: [v_proj]}')).toEqual([]);
  expect(found('{method: ia3, feedforward_modules: [down_proj, up_proj]}')).toEqual([
    'error name-matches-nothing adapters.0.feedforward_modules.1',
  ]);
});

test('BitFit: nothing to train on a model without biases, or on modules without', () => {
  expect(found('{method: bitfit}')).toEqual(['error no-biases adapters.0']);
  expect(found('{method: bitfit, target_modules: [q_proj]}')).toEqual(['error no-biases adapters.0.target_modules.0']);
  expect(found('{method: bitfit}', '', roberta)).toEqual([]);
});

test('AdaLoRA: ranks that fit, and steps to take them away in', () => {
  const steps = 'training: {max_steps: 41}';
  expect(found('{method: adalora, init_rank: 2000}', steps)).toEqual(['error rank-too-large adapters.0.init_rank']);
  expect(found('{method: adalora, target_rank: 13}', steps)).toEqual([
    'error target-rank-too-large adapters.0.target_rank',
  ]);
  expect(found('{method: adalora}')).toEqual(['hint total-steps-unknown adapters.0.method']);
  const schedule = '{method: adalora, tinit: 10, tfinal: 30}';
  expect(found(schedule, 'training: {max_steps: 41}')).toEqual([]);
  expect(found(schedule, 'training: {max_steps: 40}')).toEqual(['error no-budget-phase adapters.0.tfinal']);
});

test('VeRA on matrices of several shapes: a hint that smaller ones use slices', () => {
  expect(found('{method: vera, target_modules: [q_proj, o_proj]}')).toEqual([]);
  expect(found('{method: vera, target_modules: [q_proj, v_proj]}')).toEqual([
    'hint shapes-differ adapters.0.target_modules',
  ]);
});

test('Tied-LoRA on matrices of several shapes: an error, with those of one shape as fixes', () => {
  expect(found('{method: tied-lora, target_modules: [q_proj, o_proj]}')).toEqual([]);
  expect(found('{method: tied-lora}')).toEqual(['error shapes-unequal adapters.0']);
  const entry = '{method: tied-lora, target_modules: [v_proj, q_proj, o_proj]}';
  const [diagnostic, ...more] = analysed(llama, entry).diagnostics;
  expect(brief([diagnostic!, ...more])).toEqual(['error shapes-unequal adapters.0.target_modules']);
  expect(diagnostic!.message).toContain('2 (4096×4096: q_proj, o_proj; 1024×4096: v_proj)');
  const document = parse(recipeText(llama, entry));
  const [largest, other] = diagnostic!.fixes!.map((fix) => applied(document, fix));
  expect(largest).toContain('target_modules: [q_proj, o_proj]');
  expect(other).toContain('target_modules: [v_proj]');
});

test('biases: none to train is information, two that train them an error', () => {
  expect(found(lora('bias: lora_only'), '', roberta)).toEqual([]);
  expect(found(lora('bias: all'))).toEqual(['information bias-idle adapters.0.bias']);
  expect(found(`${lora('bias: all')}, {method: bitfit, target_modules: [LayerNorm]}`, '', roberta)).toEqual([
    'error claimed-twice adapters.0.bias',
  ]);
});

test('block sizes that do not divide: the nearest that divide the inputs of every matrix as fixes', () => {
  const entry = '{method: oft, block_size: 48, target_modules: [q_proj, down_proj]}';
  const { diagnostics } = analysed(llama, entry);
  expect(brief(diagnostics)).toEqual(['error block-size-not-divisor adapters.0.block_size']);
  expect(diagnostics[0]!.message).toMatch(
    /^block_size 48 does not divide the 4096 inputs of .*; 2, 4, .*, 4096 would\. /,
  );
  const document = parse(recipeText(llama, entry));
  // 14336 = 2¹¹·7 has 56 as well, which 4096 has not.
  const written = diagnostics[0]!.fixes!.map((fix) => /block_size: (\d+)/.exec(applied(document, fix))![1]);
  expect(written).toEqual(['32', '64']);
});

test('OFT: a number of blocks is no rank to be compared or patterned, and its default fits', () => {
  expect(found('{method: oft}')).toEqual([]);
  expect(found('{method: oft, rank: 8, block_size: 32}')).toEqual(['error block-size-and-rank adapters.0.rank']);
  expect(found('{method: oft, rank: 8, rank_pattern: {q_proj: 4}}')).toEqual([
    'error unknown-key adapters.0.rank_pattern',
  ]);
});

test('a rank from rank_pattern is reported at its key', () => {
  expect(found(lora('rank_pattern: {v_proj: 5000}'))).toEqual(['error rank-too-large adapters.0.rank_pattern.v_proj']);
});

test.each([
  ['target_modules: [q_proj, vproj]', 'error target-matches-nothing adapters.0.target_modules.1'],
  ['target_modules: "layers.*"', 'error target-matches-nothing adapters.0.target_modules'],
  ['target_modules: []', 'error target-matches-nothing adapters.0.target_modules'],
  ['target_modules: [embed_tokens]', 'error target-not-linear adapters.0.target_modules.0'],
  ['target_modules: "(q_proj"', 'error target-invalid adapters.0.target_modules'],
  ['exclude_modules: [kproj]', 'error exclude-matches-nothing adapters.0.exclude_modules.0'],
  ['rank_pattern: {"layers.0.": 4}', 'error pattern-matches-nothing adapters.0.rank_pattern.layers.0.'],
  ['alpha_pattern: {k_proj: 4}', 'error pattern-matches-nothing adapters.0.alpha_pattern.k_proj'],
  ['modules_to_save: [lm_hed]', 'error modules-to-save-matches-nothing adapters.0.modules_to_save.0'],
  ['layers_to_transform: [0, 32]', 'error layer-out-of-range adapters.0.layers_to_transform.1'],
  ['layers_to_transform: "30-40"', 'error layer-out-of-range adapters.0.layers_to_transform'],
])('%s', (fields, expected) => {
  expect(found(lora(fields))).toEqual([expected]);
});

test('a target that matches nothing: the name that was meant, as a fix', () => {
  const text = recipeText(llama, lora('target_modules: [qproj]'));
  const [diagnostic] = analyse(parse(text), worldOf(llama)).diagnostics;
  expect(diagnostic!.message).toBe('`qproj` matches no module of LlamaForCausalLM. Did you mean `q_proj`?');
  expect(applied(parse(text), diagnostic!.fixes![0]!)).toContain('target_modules: [q_proj]');
});

test('containers, regular expressions in lists, and targets taken out again are explained', () => {
  const message = (fields: string) => analysed(llama, lora(fields)).diagnostics[0]!.message;
  expect(message('target_modules: [mlp]')).toContain('holds `gate_proj`, `up_proj`, `down_proj`; name these.');
  expect(message('target_modules: [".*q_proj"]')).toContain('write a regular expression as one string');
  expect(message('target_modules: q_proj')).toContain('A name or its end stands in a list: `[q_proj]`.');
  expect(message('target_modules: "[qv]_proj"')).toContain('Begin it with `.*`.');
  expect(message('target_modules: "x.*"')).toContain('Names look like `model.layers.0.self_attn.q_proj`.');
  expect(message('target_modules: [q_proj], exclude_modules: [self_attn.q_proj]')).toContain(
    '`exclude_modules` takes them out',
  );
});

test('layers that a target leaves out are information, unless it names layers', () => {
  const partial = {
    ...table(llama),
    modules: table(llama).modules.filter((m) => m.name !== 'model.layers.7.mlp.up_proj'),
  };
  const world = { model: { ...worldOf(llama).model!, table: partial } };
  expect(found(lora('target_modules: [up_proj]'), '', llama, world)).toEqual([
    'information partial-coverage adapters.0.target_modules.0',
  ]);
  expect(found(lora('target_modules: ".*layers.[0-9].mlp.up_proj"'), '', llama, world)).toEqual([]);
});

test('a matrix claimed twice: what is free as a fix', () => {
  const twice = `${lora('target_modules: [q_proj]')}, {method: dora, target_modules: [q_proj, self_attn.v_proj]}`;
  const [diagnostic] = analysed(llama, twice).diagnostics;
  expect(brief([diagnostic!])).toEqual(['error claimed-twice adapters.1.target_modules']);
  const fixed = applied(parse(recipeText(llama, twice)), diagnostic!.fixes![0]!);
  expect(fixed).toContain('method: dora, target_modules: [self_attn.v_proj]');
  expect(brief(analyse(parse(fixed), worldOf(llama)).diagnostics)).toEqual([]);
});

test('a matrix claimed twice, or adapted and saved', () => {
  expect(found(`${lora('target_modules: [q_proj]')}, ${lora('target_modules: [q_proj]')}`)).toEqual([
    'error claimed-twice adapters.1.target_modules',
  ]);
  expect(
    found(`${lora('target_modules: [q_proj]')}, ${lora('target_modules: [v_proj], modules_to_save: [q_proj]')}`),
  ).toEqual(['error claimed-twice adapters.0.target_modules']);
});

test('matrices of several other entries are told apart', () => {
  const { diagnostics } = analysed(
    llama,
    [
      lora('name: a, target_modules: [q_proj]'),
      lora('name: b, target_modules: [k_proj], layers_to_transform: [3]'),
      lora('name: c, target_modules: [q_proj, k_proj]'),
    ].join(', '),
  );
  expect(diagnostics.map(({ message }) => message)).toEqual([
    'model.layers.0.self_attn.q_proj and 31 more belong to the adapter `a`, model.layers.3.self_attn.k_proj belongs to the adapter `b` already; a matrix takes one adapter. Narrow the targets or use `exclude_modules`.',
  ]);
});

test('an adapter and a model cannot be one result', () => {
  expect(found(`${lora('target_modules: [q_proj]')}, {method: full, target_modules: [v_proj]}`)).toEqual([
    'error mixed-results adapters.1.method',
  ]);
});

test('budgets: adapter parameters without the head, and memory', () => {
  expect(found(lora(), 'budget: {trainable: 294912}', roberta)).toEqual([]);
  expect(found(lora(), 'budget: {trainable: 294911}', roberta)).toEqual(['error budget-exceeded budget.trainable']);
  expect(found(lora(), 'budget: {memory: 1GiB}')).toEqual(['error budget-exceeded budget.memory']);
  expect(found(lora(), 'budget: {memory: 50%}', llama, { deviceMemory: 2 ** 40 })).toEqual([]);
  expect(found(lora(), 'budget: {memory: 50%}', llama, { deviceMemory: 2 ** 33 })).toContain(
    'error budget-exceeded budget.memory',
  );
});

test('more memory than the machine has is a warning', () => {
  expect(found(lora(), '', llama, { deviceMemory: 2 ** 30 })).toEqual(['warning memory-above-device model.path']);
});

test('auto takes the largest rank that fits', () => {
  const { recipe, estimate } = analysed(roberta, lora('rank: auto'), 'budget: {trainable: 300k}');
  expect(recipe?.adapters[0]).toMatchObject({ rank: 8, alpha: 8 });
  expect(estimate?.adapterParameters).toBe(294_912);
  expect(analysed(roberta, lora('rank: auto'), 'budget: {trainable: 1%}').recipe?.adapters[0]?.rank).toBe(33);
  expect(analysed(roberta, lora('rank: auto'), 'budget: {trainable: 1B}').recipe?.adapters[0]?.rank).toBe(768);
  expect(found(lora('rank: auto'))).toEqual(['error auto-needs-budget adapters.0.rank']);
});

test('where `auto` fits nothing, that is said once, with what the smallest needs and the estimate shows', () => {
  const two = `${lora('rank: auto, target_modules: [query]')}, ${lora('rank: auto, target_modules: [value]')}`;
  const { diagnostics, estimate } = analysed(roberta, two, 'budget: {trainable: 10k, memory: 90%}', {
    deviceMemory: 2 ** 40,
  });
  expect(brief(diagnostics)).toEqual(['error auto-fits-nothing adapters.0.rank']);
  expect(diagnostics[0]!.message).toBe(
    'Even `rank: 1` needs 36,864 parameters, more than the budget of 10,000. Raise the budget, or adapt fewer modules.',
  );
  expect(estimate?.adapterParameters).toBe(36_864);
  const memory = analysed(roberta, two, 'budget: {memory: 1MiB}').diagnostics;
  expect(brief(memory)).toEqual(['error auto-fits-nothing adapters.0.rank']);
  expect(memory[0]!.message).toMatch(
    /^Even `rank: 1` needs about [\d.]+ GiB of memory, more than the budget of 1 MiB\./,
  );
});

test('what is wrong with the model’s files shows at its path', () => {
  const modelError = {
    code: 'model-not-found',
    message: 'No folder x',
    kind: 'input',
    hint: 'Check the path.',
  } as const;
  const { diagnostics } = analyse(parse(recipeText(llama, lora())), { modelError });
  expect(brief(diagnostics)).toEqual(['error model-not-found model.path']);
  expect(diagnostics[0]!.message).toBe('No folder x. Check the path.');
});

test('missing weights matter at launch only', () => {
  const problems = [{ code: 'weights-missing', severity: 'warning', message: 'No weights.' }] as const;
  const model = { ...worldOf(llama).model!, problems: [...problems] };
  expect(found(lora(), '', llama, { model })).toEqual(['warning weights-missing model.path']);
  expect(found(lora(), '', llama, { model, launch: true })).toEqual(['error weights-missing model.path']);
});

test('no data: said while editing, an error at launch', () => {
  const document = parse('version: 1\nmodel: {path: x}\nadapters: [{method: lora}]\n');
  expect(brief(analyse(document, worldOf(llama)).diagnostics)).toEqual(['information data-missing data']);
  expect(analyse(document, worldOf(llama)).recipe).toBeDefined();
  const launch = analyse(document, { ...worldOf(llama), launch: true });
  expect(brief(launch.diagnostics)).toEqual(['error data-missing data']);
  expect(launch.recipe).toBeUndefined();
});

test('text without a tokenizer: said while editing, an error at launch; token ids need none', () => {
  const { tokenizerFile: _, ...model } = worldOf(llama).model!;
  const data = (columns: string[]) => ({ train: { files: ['/d/a.jsonl'], columns, sampled: 2 } });
  expect(found(lora(), '', llama, { model, data: data(['text']) })).toEqual([
    'information tokenizer-missing model.path',
  ]);
  expect(found(lora(), '', llama, { model, data: data(['text']), launch: true })).toEqual([
    'error tokenizer-missing model.path',
  ]);
  expect(found(lora(), '', llama, { model, data: data(['input_ids']), launch: true })).toEqual([]);
  const { table } = model;
  const seeing = {
    ...model,
    table: { ...table, shape: { ...table.shape, image: { channels: 3, height: 8, width: 8 } } },
  };
  expect(found(lora(), '', llama, { model: seeing, data: data(['text']), launch: true })).toEqual([]);
});

const facts = { files: ['/d/a.jsonl'], columns: ['text', 'label'], sampled: 2 };

test('data: files that are not there, columns that are not there, labels out of range', () => {
  const data = (train: object) => ({ data: { train: { ...facts, ...train } } });
  const error = { code: 'data-missing', message: 'No file', kind: 'input' };
  expect(found(lora(), '', roberta, data({}))).toEqual([]);
  expect(found(lora(), '', roberta, data({ error }))).toEqual(['error data-missing data.train']);
  expect(found(lora(), '', roberta, data({ columns: ['sentence'] }))).toEqual(['error missing-column data.train']);
  const label = (...values: unknown[]) => {
    const labels = values.map((value, i) => ({ value, row: i + 1 }));
    return analysed(roberta, lora(), '', data({ labels })).diagnostics;
  };
  expect(brief([...label(0, '1'), ...label(true), ...label('good', 'bad')])).toEqual([]);
  expect(label(0, 2)[0]!.message).toBe(
    'Line 2: the label 2 is outside 0 to 1. Set `model.num_labels: 3` if there are so many classes.',
  );
  expect(label(-1)[0]!.message).toContain('Classes are whole numbers from 0.');
  expect(label('a', 'b', 'c')[0]!.message).toContain('Line 3: the label "c" is one name more than the 2 classes.');
  expect(brief(label(0, 'good'))).toEqual(['error labels-mixed data.train']);
});

test('tasks that the checkpoint was not made for', () => {
  const text = recipeText(roberta, lora()).replace('sequence-classification', 'causal-lm, num_labels: 2');
  expect(brief(analyse(parse(text), worldOf(roberta)).diagnostics)).toEqual([
    'warning task-mismatch model.task',
    'warning num-labels-unused model.num_labels',
  ]);
});

test('schedules that contradict themselves', () => {
  const training = (text: string) => found(lora(), `training: ${text}\n`);
  expect(training('{scheduler: {warmup_ratio: 0.1, warmup_steps: 3}}')).toEqual([
    'error warmup-twice training.scheduler.warmup_steps',
  ]);
  expect(training('{max_steps: 5, scheduler: {warmup_steps: 6}}')).toEqual([
    'error warmup-too-long training.scheduler.warmup_steps',
  ]);
  expect(training('{max_steps: 5, num_epochs: 2}')).toEqual(['warning num-epochs-unused training.num_epochs']);
  expect(training('{eval_steps: 5}')).toEqual(['warning eval-steps-unused training.eval_steps']);
  expect(training('{max_steps: 5, save_steps: 9}')).toEqual(['warning steps-beyond-end training.save_steps']);
  expect(analysed(llama, lora(), 'training: {max_steps: 5, save_steps: 9}').diagnostics[0]!.message).toBe(
    'Training ends after 5 steps, before the first checkpoint at step 9. The last step has one in any case.',
  );
});

test('a learning rate more than ten times off the method’s usual one is a hint, whichever entry it is', () => {
  const rate = (entry: string, value: string) => found(entry, `training: {optimizer: {learning_rate: ${value}}}`);
  const hint = ['hint unusual-learning-rate training.optimizer.learning_rate'];
  for (const fine of ['1.0e-4', '1.0e-2']) expect(rate(lora(), fine)).toEqual([]);
  for (const off of ['9.0e-5', '1.1e-2']) expect(rate(lora(), off)).toEqual(hint);
  expect(rate('{method: svft}', '2.0e-5')).toEqual(hint);
  expect(rate('{method: svft, pattern: banded}', '1.0e-3')).toEqual([]);
  expect(rate(`${lora('target_modules: [q_proj]')}, {method: pissa, target_modules: [v_proj]}`, '1.0e-3')).toEqual(
    hint,
  );
  const more = 'training: {optimizer: {learning_rate: 2.0e-5}}';
  const [diagnostic] = analysed(llama, '{method: svft}', more).diagnostics;
  expect(applied(parse(recipeText(llama, '{method: svft}', more)), diagnostic!.fixes![0]!)).toContain(
    'learning_rate: 5.0e-2',
  );
});

test('a metric that is misspelt has a fix', () => {
  const more = 'training: {metric: perplexty}';
  const diagnostic = analysed(llama, lora(), more).diagnostics.find(({ code }) => code === 'unknown-metric');
  expect(diagnostic).toMatchObject({
    code: 'unknown-metric',
    message: expect.stringContaining('`loss`, `perplexity`'),
  });
  expect(applied(parse(recipeText(llama, lora(), more)), diagnostic!.fixes![0]!)).toContain('metric: perplexity}');
});

test('an entry that goes on from a saved adapter takes its settings', () => {
  const { method, rank, alpha, exclude_modules, layers_to_transform, rank_pattern, alpha_pattern, options } = parse(
    recipeText(llama, lora('rank: 4')),
  ).recipe!.adapters[0]!;
  const entry = {
    method,
    rank: rank!,
    alpha: alpha!,
    exclude_modules,
    layers_to_transform,
    rank_pattern,
    alpha_pattern,
    options,
    target_modules: ['q_proj'],
  };
  const world = { savedAdapters: { old: { entry } } };
  const { claims, recipe, methods, diagnostics } = analysed(llama, '{path: old}', '', world);
  expect(diagnostics).toEqual([]);
  expect(claims).toHaveLength(32);
  expect(recipe?.adapters[0]).toMatchObject({ path: 'old', method: '' });
  expect(methods).toEqual(['lora']);
  expect(found('{path: old, method: lora, rank: 8}', '', llama, world)).toEqual([
    'error differs-from-saved adapters.0.rank',
  ]);
  const composed = { old: { entry: { ...entry, rank: 5000, modules_to_save: ['lm_head', 'score'] } } };
  expect(found('{path: old}', '', llama, { savedAdapters: composed })).toEqual([]);
  const newer = { savedAdapters: { old: { entry, unknown: ['from_the_future'] } } };
  expect(found('{path: old}', '', llama, newer)).toEqual(['warning unknown-adapter-field adapters.0.path']);
  const error = { code: 'adapter-not-found', message: 'No adapter', kind: 'input' } as const;
  expect(found('{path: old}', '', llama, { savedAdapters: { old: { error } } })).toEqual([
    'error adapter-not-found adapters.0.path',
  ]);
});

test('severity settings, which never hide what would fail a launch', () => {
  const severities = { 'target-matches-nothing': 'off', 'data-missing': 'off' } as const;
  expect(found(lora('target_modules: [q]'), '', llama, { severities })).toEqual([]);
  expect(found(lora('target_modules: [q]'), '', llama, { severities, launch: true })).toEqual([
    'error target-matches-nothing adapters.0.target_modules.0',
  ]);
});

test('half-typed recipes are counted as far as they can be read', () => {
  const text =
    'version: 1\nmodel: {path: x}\nadapters:\n  - method: lora\n    rank: 4\n    target_modules: [q_proj\ntraining:\n  batch_si';
  const { estimate, recipe } = analyse(parse(text), worldOf(llama));
  expect(estimate?.adapterParameters).toBe(32 * 4 * 8192);
  expect(recipe).toBeUndefined();
});

test('many patterns that explode share one limit of time', () => {
  const entries = Array.from({ length: 60 }, (_, i) => lora(`target_modules: "(?=.)(.+)+${i}"`)).join(', ');
  const start = process.cpuUsage();
  expect(found(entries)).toContain('error target-too-slow adapters.59.target_modules');
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(1500);
});

test('codes are unique and kebab-case', () => {
  const all = rules.flatMap((rule) => rule.codes);
  expect(new Set(all).size).toBe(all.length);
  for (const code of all) expect(code).toMatch(/^[a-z]+(-[a-z]+)+$/);
});

test('packing: for causal models, and for rows that do not change their positions', () => {
  const world = worldOf(llama);
  const packed = (more = '', name = llama, given: World = worldOf(name)) => {
    const text = recipeText(name, lora()).replace('a.jsonl', `a.jsonl, packing: true${more}`);
    return brief(analyse(parse(text), given).diagnostics);
  };
  expect(packed()).toEqual([]);
  expect(packed('', roberta)).toEqual(['error packing-unsupported data.packing']);
  const scaled = (rope_scaling: object, more = {}) => ({
    ...world,
    model: {
      ...world.model!,
      config: { ...world.model!.config, max_position_embeddings: 2048, rope_scaling, ...more },
    },
  });
  const longrope = scaled({ type: 'longrope', short_factor: [1] }, { original_max_position_embeddings: 256 });
  expect(packed('', llama, longrope)).toEqual(['error packing-unsupported data.max_length']);
  expect(packed(', max_length: 256', llama, longrope)).toEqual([]);
  const dynamic = scaled({ rope_type: 'dynamic', factor: 2 });
  expect(packed(', max_length: 2049', llama, dynamic)).toEqual(['error packing-unsupported data.max_length']);
  expect(packed(', max_length: 2048', llama, dynamic)).toEqual([]);
});
