// Part of `npm run test:interop`: the Python code of a recipe (`rankwise python`), run by PEFT: its configuration is accepted, and the model
// that it makes has as many parameters to train as `rankwise estimate` says.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { python } from './python.mjs';

const models = {
  llama: ['causal-lm', '[q_proj, v_proj]'],
  roberta: ['sequence-classification', '[query, value]'],
  vit: ['image-classification', '[query, value]'],
  t5: ['seq2seq', '[q, v]'],
  'deberta-v2': ['sequence-classification', '[query_proj, value_proj]'],
};
const entries = [
  'method: lora, rank: 4, alpha: 8, dropout: 0.1, use_rslora: true',
  'method: lora, rank: 4, rank_pattern: { layers.0.self_attn.q_proj: 2, layer.0.attention.self.query: 2 }',
  'method: lora, rank: 4, layers_to_transform: [1]',
  'method: dora, rank: 4',
  'method: pissa, rank: 4',
  'method: pissa, rank: 4, svd: randomized',
  'method: adalora, init_rank: 6, target_rank: 3, tinit: 2, tfinal: 3',
  'method: oft, block_size: 8',
  'method: oft, rank: 4, block_share: true',
  'method: boft, block_size: 8',
  'method: vera, rank: 32',
  'method: ia3, feedforward_modules: []',
  'method: bitfit',
  'method: full',
];
const home = mkdtempSync(path.join(tmpdir(), 'rwc-'));
const rankwise = (...args) =>
  JSON.parse(execFileSync(process.execPath, ['dist/cli.js', ...args, '--json'], { encoding: 'utf8' }));

const asked = [];
let faults = 0;
try {
  for (const [model, [task, targets]] of Object.entries(models)) {
    const folder = path.join(home, model);
    mkdirSync(folder);
    cpSync(`test/fixtures/tiny/${model}`, path.join(folder, 'base'), { recursive: true });
    for (const [i, entry] of entries.entries()) {
      if ((model === 'llama' || model === 't5') && entry.includes('bitfit')) continue; // has no biases
      // Names and heads differ by model, not by method.
      if (!['llama', 'roberta'].includes(model) && !/^method: (lora, rank: 4, layers|dora|bitfit|full)/.test(entry))
        continue;
      const recipe = path.join(folder, `r${i}.peft`);
      const own = /full|bitfit/.test(entry) ? '' : `, target_modules: ${targets}`;
      const known = entry.replace(/ (layer|layers)\.0\.[^,}]*[,]?/g, (key, kind) =>
        (kind === 'layers') === (model === 'llama') ? key : '',
      );
      writeFileSync(
        recipe,
        `version: 1\nmodel: { path: ./base, task: ${task} }\nadapters: [{ ${known.replace(/, }/, ' }')}${own} }]\n` +
          `${task === 'image-classification' ? '' : 'data: { train: a.jsonl }\n'}training: { max_steps: 20 }\n`,
      );
      writeFileSync(
        path.join(folder, 'a.jsonl'),
        `${JSON.stringify({ text: 'a', label: 0, prompt: 'a', completion: 'b' })}\n`,
      );
      const { trainableParameters } = rankwise('estimate', recipe);
      rankwise('python', recipe, '-o', path.join(folder, `r${i}.py`));
      asked.push({ folder, module: `r${i}`, entry, model, trainableParameters });
    }
  }
  const script = `
import importlib, json, os, sys
counts = []
for folder, module in json.load(sys.stdin):
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.modules.pop(module, None)
    model = importlib.import_module(module).load_model()
    counts.append(sum(p.numel() for p in model.parameters() if p.requires_grad))
    sys.path.pop(0)
print(json.dumps(counts))
`;
  const counts = JSON.parse(
    execFileSync(python, ['-c', script], {
      input: JSON.stringify(asked.map(({ folder, module }) => [folder, module])),
      encoding: 'utf8',
      stdio: 'pipe',
    })
      .trim()
      .split('\n')
      .at(-1),
  );
  for (const [i, { entry, model, trainableParameters }] of asked.entries()) {
    const same = counts[i] === trainableParameters;
    if (!same) faults++;
    console.log(
      `${model.padEnd(8)} ${entry.slice(8, 60).padEnd(52)} ${counts[i]} ${same ? 'as estimated' : `but estimated ${trainableParameters}`}`,
    );
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
console.log(faults === 0 ? 'all code runs, all counts agree' : `FAILED: ${faults}`);
process.exit(faults === 0 ? 0 : 1);
