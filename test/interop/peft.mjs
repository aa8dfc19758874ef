// `npm run test:interop`: adapters trained here, loaded by Hugging Face PEFT: the same logits? The Python with torch, transformers
// and peft is that of scripts/python.mjs; no part of `npm test`. Prints the largest difference per model; names of methods and of models as
// arguments limit it to these.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { python } from './python.mjs';

const allowed = 5e-5;
const [language, classes] = ['causal-lm', 'sequence-classification'];
const cases = [
  { model: 'llama', task: language, targets: '[q_proj, v_proj]' },
  { model: 'roberta', task: classes, targets: '[query, value]' },
  { model: 'bert', task: classes, targets: 'all-linear' },
  // PEFT has no rotations of Conv1D modules.
  { model: 'gpt2', task: language, targets: '[c_attn, mlp.c_proj]', without: ['oft', 'boft'] },
  { model: 'gpt2-classifier', task: classes, targets: 'all-linear', only: ['lora'] },
  { model: 'gpt_neox', task: language, targets: 'all-linear', only: ['lora', 'dora'] },
  { model: 'opt-350m', task: language, targets: 'all-linear', only: ['lora', 'dora'] },
  { model: 'deberta-v2', task: classes, targets: '[query_proj, key_proj, value_proj]' },
  { model: 'deberta-v2-conv', task: classes, targets: 'all-linear' },
  { model: 'distilbert', task: classes, targets: '[q_lin, v_lin]' },
  { model: 'albert', task: classes, targets: '[query, value]' },
];
/** `exported`: PEFT lacks the method, and is given what `export --format lora` makes of it. */
const methods = [
  { method: 'lora' },
  { method: 'lora', more: ', bias: all' },
  { method: 'lora', more: ', bias: lora_only' },
  { method: 'dora' },
  { method: 'adalora', fields: 'init_rank: 6, target_rank: 3, tinit: 2, tfinal: 3, alpha: 32' },
  { method: 'vera', fields: 'rank: 32, d_initial: 1' },
  { method: 'ia3', fields: '' },
  { method: 'pissa' },
  { method: 'pissa', more: ', svd: randomized' },
  { method: 'milora' },
  { method: 'lora-xs', exported: true },
  { method: 'oft', fields: 'block_size: 8' },
  { method: 'oft', fields: 'rank: 4, block_share: true, use_cayley_neumann: false' },
  { method: 'boft', fields: 'block_size: 8' },
];
const ids = (seed, n) => Array.from({ length: n }, (_, i) => 5 + ((seed * 31 + i * 17) % 40));
const row = (task, i) => ({ input_ids: ids(i, 12), labels: task === language ? ids(i, 12) : i % 2 });

const home = mkdtempSync(path.join(tmpdir(), 'rwi-'));
const env = { ...process.env, RANKWISE_HOME: path.join(home, 'home'), XDG_RUNTIME_DIR: home };
const rankwise = (...args) =>
  JSON.parse(
    execFileSync(process.execPath, ['dist/cli.js', ...args, '--json'], { env, encoding: 'utf8', maxBuffer: 1 << 28 })
      .trim()
      .split('\n')
      .at(-1),
  );

let worst = 0;
try {
  const named = process.argv.slice(2);
  /** Those that the arguments name, all where they name none. */
  const asked = (list, key) => {
    const some = list.filter((one) => named.includes(one[key]));
    return some.length > 0 ? some : list;
  };
  const wanted = asked(methods, 'method');
  const all = asked(cases, 'model').flatMap(({ only, without = [], ...one }) =>
    wanted
      .filter(({ method }) => !without.includes(method) && (only?.includes(method) ?? true))
      .map((method) => ({ ...one, ...method })),
  );
  for (const [
    number,
    { model, task, targets, method, fields = 'rank: 4, alpha: 8', more = '', exported },
  ] of all.entries()) {
    const folder = path.join(home, String(number));
    mkdirSync(folder);
    cpSync(`test/fixtures/tiny/${model}`, path.join(folder, 'base'), { recursive: true });
    writeFileSync(
      path.join(folder, 'train.jsonl'),
      Array.from({ length: 24 }, (_, i) => JSON.stringify(row(task, i))).join('\n'),
    );
    const recipe = path.join(folder, 'interop.peft');
    writeFileSync(
      recipe,
      `version: 1\nmodel: { path: ./base, task: ${task} }\nadapters: [{ method: ${method}, ${fields}${fields && ', '}target_modules: ${targets}${more} }]\n` +
        `data: { train: train.jsonl, columns: { input_ids: input_ids, labels: labels } }\ntraining: { max_steps: 10, batch_size: 4, optimizer: { learning_rate: 1.0e-2 } }\n`,
    );
    const { adapters, run } = rankwise('run', recipe);
    const lora = path.join(folder, 'lora');
    if (exported) rankwise('export', run, '--format', 'lora', '-o', lora);
    const input = path.join(folder, 'input.json');
    writeFileSync(
      input,
      JSON.stringify({ input_ids: [ids(1, 9), ids(2, 9)], attention_mask: [Array(9).fill(1), Array(9).fill(1)] }),
    );
    const base = path.join(folder, 'base');
    const ours = rankwise('forward', base, '--input', input, '--adapter', adapters[0].path).logits.flat(Infinity);
    const plain = rankwise('forward', base, '--input', input).logits.flat(Infinity);
    const theirs = JSON.parse(
      execFileSync(python, ['test/interop/logits.py', base, exported ? lora : adapters[0].path, input], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    const flat = theirs.logits.flat(Infinity);
    const off = Math.max(...flat.map((x, i) => Math.abs(x - ours[i])));
    const moved = Math.max(...plain.map((x, i) => Math.abs(x - ours[i])));
    worst = Math.max(worst, flat.length === ours.length && moved > 1e-3 ? off : Number.POSITIVE_INFINITY);
    console.log(
      `${model.padEnd(16)} ${`${method}${more}${fields.startsWith('rank: 4, alpha') ? '' : `, ${fields}`}`.padEnd(24)} largest difference to PEFT ${off.toExponential(1)} (the adapter itself moves logits by ${moved.toFixed(3)})`,
    );
    if (number === all.length - 1)
      console.log(
        Object.entries(theirs.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
      );
  }
} finally {
  spawnSync(process.execPath, ['dist/cli.js', 'daemon', 'stop', '--force'], { env });
  rmSync(home, { recursive: true, force: true });
}
console.log(worst <= allowed ? `all within ${allowed}` : `FAILED: above ${allowed}`);
process.exit(worst <= allowed ? 0 : 1);
