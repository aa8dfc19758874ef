/** A process that fills a cache: `fork`ed by the tests with the home, seeds, and whether it writes until it is killed. */
import { Random } from '../../../server/base/random.ts';
import { openFactors } from '../../../server/factors/index.ts';
import { jacobi } from './jacobi.ts';

const [home, endless] = [process.argv[2]!, process.argv[3] === 'endless'];
const side = endless ? 512 : 24;
const linalg = jacobi();
if (endless)
  linalg.svd = async (w) => {
    const s = new Float32Array(side);
    return { u: w, s, vt: w, residual: 0, orthogonality: 0 };
  };

const warnings: string[] = [];
const factors = openFactors({
  home,
  engine: { start: async () => linalg, version: () => linalg.version },
  onWarning: ({ code }) => warnings.push(code),
});

process.send!('ready');
for (let seed = 0; endless || seed < 12; seed++) {
  const random = Random.seeded(seed, 'writers');
  const data = new Float32Array(side * side);
  for (let i = 0; i < (endless ? 64 : data.length); i++) data[i] = random.normal();
  await factors.svd({ rows: side, columns: side, data });
  if (endless) process.send!('kept');
}
process.send!({ warnings, computed: linalg.calls.length }, () => process.disconnect());
