// `node bench/tokenize.mjs [--rounds N] [--json]`: tokenizing beside the Python package `tokenizers` on one thread, in turns. The text is
// made up: words of a long-tailed distribution, figures, punctuation, some of it not ASCII. Their ids must agree.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePython } from '../scripts/python.mjs';
import { ask, bundle, median, root, workFolder } from './processes.mjs';
import { printRows } from './table.mjs';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } },
});
const script = path.join(root, 'bench/tokenize_reference.py');
const rows = [];
const folder = workFolder('tokenize');
try {
  const python = ensurePython();
  const texts = path.join(folder, 'texts.json');
  writeFileSync(texts, JSON.stringify(madeUp(4000)));
  const names = await ask(python, [script, 'train', texts, folder]);
  const program = await bundle('bench/tokenize.ts', folder);
  for (const name of names) {
    const rounds = [];
    for (let i = 0; i < Number(flags.rounds); i++) {
      const file = path.join(folder, `${name}.json`);
      const reference = await ask(python, [script, 'time', texts, file], { TOKENIZERS_PARALLELISM: 'false' });
      const own = await ask(process.execPath, [program, texts, file]);
      if (own.sum !== reference.sum) throw new Error(`${name}: the ids differ`);
      rounds.push({ own: own.rate, reference: reference.rate, ratio: own.rate / reference.rate });
    }
    const of = (key) => median(rounds.map((round) => round[key]));
    rows.push({ name, own: of('own'), reference: of('reference'), ratio: of('ratio') });
  }
} finally {
  rmSync(folder, { recursive: true });
}
if (flags.json) console.log(JSON.stringify(rows));
else
  printRows([
    ['', 'MB/s', 'tokenizers', 'ratio'],
    ...rows.map(({ name, own, reference, ratio }) => [name, ...[own, reference, ratio].map((x) => x.toFixed(2))]),
  ]);

/** Documents of about 600 characters. */
function madeUp(count) {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const pick = (list) => list[Math.floor(random() * list.length)];
  const parts =
    'ba be bi con de en er est fa ing ion ka la le ment mo na ner o pre ra re ri sa ser si ta te tion to un ve é ü 日 本'.split(
      ' ',
    );
  const lexicon = Array.from({ length: 60_000 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(parts)).join(''),
  );
  const word = () => lexicon[Math.floor(lexicon.length * random() ** 6)];
  const one = () =>
    random() < 0.04
      ? String(Math.floor(random() * 10_000))
      : random() < 0.1
        ? word()[0].toUpperCase() + word()
        : word();
  const end = () => pick(['. ', ', ', ' ', ' ', ' ', ' ', ' ', '\n', '; ', ' – ']);
  return Array.from({ length: count }, () => Array.from({ length: 90 }, () => one() + end()).join(''));
}
