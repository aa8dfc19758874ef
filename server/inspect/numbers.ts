/** Norms of what an adapter's file holds, by matrix; values that are no numbers, and tensors of nothing but zeros. */
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { sizeOf } from '../base/tensor.ts';
import { savedSettings } from '../budget/saved.ts';
import type { entryOf } from '../checkpoint/saved-adapter.ts';
import { methodOf } from '../methods/registry.ts';
import type { MatrixSettings, Product } from '../methods/types.ts';
import type { InspectFinding, Inspection, InspectMatrix } from '../protocol/inspect.ts';
import { measure, productNorm } from './products.ts';
import type { AdapterTensors, StoredTensor } from './tensors.ts';

export type SavedEntry = ReturnType<typeof entryOf>;

/** Products beyond which norms of updates are left out: a few seconds. */
const effort = 5e9;
/** Names in a message. */
const shown = 3;

export interface Numbers {
  matrices: InspectMatrix[];
  shared: Inspection['shared'];
  whole: Inspection['whole'];
  findings: InspectFinding[];
}

/** The settings of each module; undefined where the method is not known here. */
export function settingsAt(entry: SavedEntry | undefined, modules: readonly string[]) {
  return entry && savedSettings({ ...entry, name: '' }, modules);
}

export function productAt(entry: SavedEntry | undefined, settings: MatrixSettings | undefined): Product | undefined {
  return entry && settings && methodOf(entry.method)?.product?.(settings);
}

export function numbersOf(tensors: AdapterTensors, entry: SavedEntry | undefined): Numbers {
  const broken: string[] = [];
  const zero: string[] = [];
  const unread: string[] = [];
  const look = (tensor: StoredTensor): number | null => {
    let data: Float32Array;
    try {
      ({ data } = tensors.read(tensor));
    } catch (error) {
      if (!(error instanceof RankwiseError)) throw error;
      unread.push(`${tensor.name} (${tensor.dtype})`);
      return null;
    }
    const { norm, notFinite } = measure(data);
    if (notFinite > 0) broken.push(`${tensor.name} (${notFinite} of ${data.length})`);
    else if (norm === 0 && data.length > 0) zero.push(tensor.name);
    return notFinite > 0 ? null : norm;
  };
  const settings = settingsAt(entry, [...tensors.modules.keys()]);
  let left = effort;
  const matrices = [...tensors.modules].map(([name, parts]): InspectMatrix => {
    const norms = [...parts.values()].map(look);
    const own = norms.includes(null) ? null : Math.hypot(...(norms as number[]));
    const at = settings?.(name);
    const product = productAt(entry, at);
    const shape = shapeOf(parts, product);
    const rank = at && at.rank > 0 ? at.rank : undefined;
    const rows = (product && parts.get(product.right)?.shape[0]) ?? 0;
    const cost = shape ? rows * rows * (shape[0] + shape[1]) : 0;
    const factors = product && own !== null && cost <= left ? tensors.factors(name, product) : undefined;
    if (factors) left -= cost;
    return {
      name,
      ...placeOf(name),
      ...(rank !== undefined && { rank, alpha: at!.alpha }),
      ...(shape && { shape }),
      stored: [...parts.values()].reduce((sum, { shape: s }) => sum + sizeOf(s), 0),
      norm: factors ? productNorm(factors) : own,
      of: factors ? 'update' : 'tensors',
    };
  });
  const looked = ([name, tensor]: [string, StoredTensor]) => ({ name, shape: tensor.shape, norm: look(tensor) });
  const shared = [...tensors.shared].map(looked);
  const whole = [...tensors.whole].map(looked);
  const findings = [
    finding(
      'tensor-not-finite',
      'error',
      broken,
      'NaN or infinities are in',
      'The training diverged, or the file is damaged',
      tensors,
    ),
    finding('tensor-all-zero', 'warning', zero, 'Nothing but zeros are in', allZero(matrices), tensors),
    finding(
      'unsupported-dtype',
      'warning',
      unread,
      'Cannot be read:',
      'Save the adapter in float32, bfloat16 or float16',
      tensors,
    ),
  ].flat();
  return { matrices, shared, whole, findings };
}

function allZero(matrices: readonly InspectMatrix[]): string {
  const updates = matrices.filter(({ of }) => of === 'update');
  const none = updates.filter(({ norm }) => norm === 0);
  if (updates.length > 0 && none.length === updates.length) return 'The adapter changes nothing: it was not trained';
  return none.length > 0 ? `${none.length} of ${updates.length} matrices are left as they were` : '';
}

function finding(
  code: string,
  severity: 'error' | 'warning',
  names: readonly string[],
  start: string,
  end: string,
  { file }: AdapterTensors,
): InspectFinding[] {
  if (names.length === 0) return [];
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  const message = `${start} ${names.slice(0, shown).join(', ')}${more}.${end && ` ${end}.`}`;
  return [{ code, severity, message, file: path.resolve(file), field: names[0]!.split(' ')[0]! }];
}

/** m×n from B [m, r] and A [r, n]. */
function shapeOf(parts: ReadonlyMap<string, StoredTensor>, product: Product | undefined): [number, number] | undefined {
  const [B, A] = [parts.get(product?.left ?? 'lora_B.weight'), parts.get(product?.right ?? 'lora_A.weight')];
  return B?.shape.length === 2 && A?.shape.length === 2 ? [B.shape[0]!, A.shape[1]!] : undefined;
}

/** "model.layers.3.self_attn.q_proj" is self_attn.q_proj of layer 3. */
export function placeOf(module: string): Pick<InspectMatrix, 'layer' | 'kind'> {
  const found = /^(?:.*?\.)?(\d+)\.(.+)$/.exec(module);
  return found ? { layer: Number(found[1]), kind: found[2]! } : { kind: module };
}
