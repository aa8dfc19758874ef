/** What methods take from a decomposition of W, and how their saved adapters are read. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loraXs } from '../../../server/adapters/lora-xs.ts';
import type { MatrixSite } from '../../../server/adapters/types.ts';
import { Random } from '../../../server/base/random.ts';
import type { HostTensor } from '../../../server/base/tensor.ts';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { fixture, largestDifference, readTensors, recipeFor, tiny } from '../models/tiny.ts';
import { jacobi, jacobiFactors } from '../training/factors.ts';
import { disturb } from '../training/steps.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-spectral-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));
let count = 0;

const name = 'model.layers.0.self_attn.v_proj';
const w = readTensors(path.join(tiny('llama'), 'model.safetensors')).get(`${name}.weight`)!;
const [m, n] = w.shape as [number, number];
const svd = jacobi({ rows: m, columns: n, data: w.data });
const site = (options: Record<string, unknown>, rank = 4): MatrixSite => ({
  name,
  m,
  n,
  settings: { rank, alpha: 2 * rank, options },
});
const weight = () => w;
const random = () => Random.seeded(3, name);

/** b·a in double precision. */
function product(b: HostTensor, a: HostTensor): Float64Array {
  const [rows, inner, columns] = [b.shape[0]!, b.shape[1]!, a.shape[1]!];
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum += b.data[Math.floor(at / columns) * inner + k]! * a.data[k * columns + (at % columns)]!;
    return sum;
  });
}

describe('lora-xs', () => {
  const options = { init_std: 1e-5, sigma_side: 'A', retain: 'top', init: 'svd' };
  const reference = readTensors(fixture('traces', 'llama', 'loraxs', 'frozen.safetensors'));

  it.each([
    ['A', 'loraxs'],
    ['B', 'loraxs_sigmaB'],
  ])("has the reference's factors but for signs, Σ on the side of %s", (sigma_side, trace) => {
    const theirs = readTensors(fixture('traces', 'llama', trace, 'frozen.safetensors'));
    const { frozen } = loraXs.init(site({ ...options, sigma_side }), weight, random(), svd);
    for (const side of ['A', 'B'] as const) {
      expect(frozen[side]!.shape).toEqual(theirs.get(`${name}.${side}`)!.shape);
      const magnitudes = (x: HostTensor) => x.data.map(Math.abs);
      expect(largestDifference(magnitudes(frozen[side]!), magnitudes(theirs.get(`${name}.${side}`)!))).toBeLessThan(
        1e-5,
      );
    }
    expect(
      largestDifference(
        product(frozen.B!, frozen.A!),
        product(reference.get(`${name}.B`)!, reference.get(`${name}.A`)!),
      ),
    ).toBeLessThan(1e-5);
  });

  it('takes the smallest triplets where it is to, of the whole decomposition', () => {
    const bottom = site({ ...options, retain: 'bottom' });
    expect(loraXs.decomposition!(bottom, false)).toEqual({ kind: 'full' });
    const { A } = loraXs.init(bottom, weight, random(), svd).frozen;
    const norms = Array.from({ length: 4 }, (_, i) => Math.hypot(...A!.data.slice(i * n, (i + 1) * n)));
    expect(largestDifference(norms, svd.s.slice(-4))).toBeLessThan(1e-5);
  });

  it('asks for the leading triplets, and for nothing where it needs none', () => {
    expect(loraXs.decomposition!(site(options), false)).toEqual({ kind: 'truncated', rank: 4, iterations: 10 });
    expect(loraXs.decomposition!(site({ ...options, init: 'random' }), false)).toBeUndefined();
    expect(loraXs.decomposition!(site(options), true)).toBeUndefined();
  });

  it('draws R with the deviation that is asked for', () => {
    const { R } = loraXs.init(site({ ...options, init_std: 0.5 }, 30), weight, random(), svd).trainable;
    expect(Math.hypot(...R!.data) / 30).toBeCloseTo(0.5, 1);
    const still = loraXs.init(site({ ...options, init_std: 0 }), weight, random(), svd).trainable.R!;
    expect(Math.max(...still.data.map(Math.abs))).toBe(0);
  });
});

describe('a saved lora-xs adapter that is not whole is refused with the tensor', () => {
  const key = `base_model.model.${name}`;
  const zeros = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  type Change = (tensors: Map<string, HostTensor>, config: Record<string, unknown>) => void;
  it.each<[string, Change, string]>([
    ['without a frozen factor', (t) => t.delete(`${key}.lora_A.weight`), 'bad-adapter'],
    ['without R', (t) => t.delete(`${key}.lora_R.weight`), 'bad-adapter'],
    ['with an R of another rank', (t) => t.set(`${key}.lora_R.weight`, zeros(3, 3)), 'bad-adapter'],
    ['with a transposed factor', (t) => t.set(`${key}.lora_B.weight`, zeros(2, m)), 'bad-adapter'],
    ['with a stranger', (t) => t.set(`${key}.lora_E.weight`, zeros(1)), 'bad-adapter'],
    ['with a rank of no number', (_, config) => Object.assign(config, { r: '2; rm' }), 'bad-adapter-config'],
  ])('%s', async (_what, change, code) => {
    const model = await assembleRecipe(recipeFor('llama', '[{ method: lora-xs, rank: 2, target_modules: [v_proj] }]'), {
      factors: jacobiFactors(),
    });
    disturb(model.trainable);
    const folder = path.join(scratch, String(count++));
    const [saved] = await model.saveAdapters(folder);
    const broken = `${saved!.path}-broken`;
    cpSync(saved!.path, broken, { recursive: true });
    const [config, weights] = ['adapter_config.json', 'adapter_model.safetensors'].map((file) =>
      path.join(broken, file),
    );
    const tensors = readTensors(weights!);
    const fields = JSON.parse(readFileSync(config!, 'utf8')) as Record<string, unknown>;
    change(tensors, fields);
    writeSafetensors(
      weights!,
      [...tensors].map(([tensor, { shape, data }]) => ({ name: tensor, shape, data: () => data })),
    );
    writeFileSync(config!, JSON.stringify(fields));
    await expect(assembleFolder(tiny('llama'), saved!.path)).resolves.toBeDefined();
    await expect(assembleFolder(tiny('llama'), broken)).rejects.toMatchObject({ code });
  });
});
