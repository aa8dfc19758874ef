/**
 * What PiSSA and MiLoRA share: A and B start from singular triplets of W, which the base loses: W' = (W − s·B₀A₀) + s·BA. The base is
 * float32. A file holds [A; A₀] and [B, −B₀], whose product is the whole change of W: plain LoRA of rank 2r to whoever reads it, exact, and
 * independent of how a decomposition turns out elsewhere (triplets that are close may rotate). A file of PEFT's own `pissa` has A and B alone.
 */
import { RankwiseError } from '../base/errors.ts';
import type { HostTensor } from '../base/tensor.ts';
import type { Svd } from '../engine/linalg/types.ts';
import { scaling } from '../methods/low-rank.ts';
import type { MatrixSettings } from '../methods/types.ts';
import { plusProduct, scaledColumns, scaledRows, triplets } from './factors.ts';
import { lora } from './lora.ts';
import type { Decomposition, MatrixAdapter, MatrixSite, PeftPatterns, SiteState } from './types.ts';

export interface ResidualMethod {
  peftType: string;
  which: 'top' | 'bottom';
  decomposition(settings: MatrixSettings): Decomposition;
  /** Fields of the method in its own part of the configuration. */
  fields?(settings: MatrixSettings): Record<string, unknown>;
}

export function residualLora({ peftType, which, decomposition, fields }: ResidualMethod): MatrixAdapter {
  function start(svd: Svd, settings: MatrixSettings): Record<'A' | 'B', HostTensor> {
    const { u, s, vt } = triplets(svd, settings.rank, which);
    const root = s.map((value) => Math.sqrt(value / scaling(settings)));
    return { A: scaledRows(vt, root), B: scaledColumns(u, root) };
  }

  return {
    decomposition({ settings }, saved) {
      if (!saved) return decomposition(settings);
      return withStart(saved, settings) ? undefined : { kind: 'full' };
    },

    init: ({ settings }, weight, _random, svd) => stateOf(weight(), settings, start(svd!, settings)),

    restore(site, tensors, weight, svd) {
      const { A, B } = tensors as { A: HostTensor; B: HostTensor };
      if (withStart(tensors, site.settings)) {
        const [halfA, halfB] = [halves(A, 0), halves(B, 1)];
        const brought = { A: halfA[1], B: negated(halfB[1]) };
        return stateOf(weight(), site.settings, brought, { A: halfA[0], B: halfB[0] });
      }
      if (!svd) throw withoutStart(site);
      return stateOf(weight(), site.settings, start(svd, site.settings), { A, B });
    },

    forward: lora.forward,
    ...(lora.randomInputs && { randomInputs: lora.randomInputs }),
    merge: lora.merge,

    shapes: (site) =>
      lora.shapes(site.settings.options.saved === 'factors' ? { ...site, settings: doubled(site.settings) } : site),

    pack: twice,
    plain: (state, settings) => ({ ...twice(state), settings: doubled(settings) }),

    peftConfig: (settings, patterns, ...rest) =>
      lora.peftConfig(doubled(settings), doubledPatterns(patterns, settings), ...rest),

    ownConfig: (settings, patterns) => ({
      peft_type: peftType,
      r: settings.rank,
      lora_alpha: settings.alpha,
      rank_pattern: patterns.rank,
      alpha_pattern: patterns.alpha,
      ...fields?.(settings),
    }),
    peftKeys: lora.peftKeys,
    loraPlus: lora.loraPlus!,
  };
}

/** Whether a saved adapter brings A₀ and B₀ along. */
const withStart = ({ A }: Record<string, HostTensor>, { rank }: MatrixSettings): boolean => A!.shape[0] === 2 * rank;

function stateOf(
  w: HostTensor,
  settings: MatrixSettings,
  start: Record<'A' | 'B', HostTensor>,
  trainable: Record<'A' | 'B', HostTensor> = { A: copy(start.A), B: copy(start.B) },
): SiteState {
  return { trainable, frozen: {}, base: plusProduct(w, start.B, start.A, -scaling(settings)), start };
}

const withoutStart = ({ name }: MatrixSite) =>
  new RankwiseError('adapter-without-start', `${name}: the adapter does not hold what its training started from.`, {
    kind: 'runtime',
    hint: 'PEFT leaves it out. Train on from the adapter here, or convert it with PEFT to LoRA first.',
  });

/** [A; A₀] and [B, −B₀]. */
const twice = ({ trainable: { A, B }, start }: SiteState) => ({
  A: joined(A!, start!.A!, 0),
  B: joined(B!, negated(start!.B!), 1),
});

/** Twice the rank with the same s. */
function doubled({ rank, alpha, options }: MatrixSettings): MatrixSettings {
  const { dropout, use_rslora } = options;
  return { rank: 2 * rank, alpha: alpha * (use_rslora ? Math.SQRT2 : 2), options: { dropout, use_rslora } };
}

function doubledPatterns({ rank, alpha }: PeftPatterns, { options }: MatrixSettings): PeftPatterns {
  const twice = (values: Record<string, number>, of: 'rank' | 'alpha') =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, doubled({ rank: value, alpha: value, options })[of]]),
    );
  return { rank: twice(rank, 'rank'), alpha: twice(alpha, 'alpha') };
}

const copy = ({ shape, data }: HostTensor): HostTensor => ({ shape, data: data.slice() });

const negated = ({ shape, data }: HostTensor): HostTensor => ({ shape, data: data.map((value) => -value) });

/** [a; b] along axis 0, [a, b] along axis 1; both of one shape. */
function joined(a: HostTensor, b: HostTensor, axis: 0 | 1): HostTensor {
  const [rows, columns] = a.shape as [number, number];
  const data = new Float32Array(2 * a.data.length);
  const width = axis === 0 ? a.data.length : columns;
  for (let at = 0; at < a.data.length; at += width) {
    data.set(a.data.subarray(at, at + width), 2 * at);
    data.set(b.data.subarray(at, at + width), 2 * at + width);
  }
  return { shape: axis === 0 ? [2 * rows, columns] : [rows, 2 * columns], data };
}

/** The inverse of `joined`. */
function halves({ shape, data }: HostTensor, axis: 0 | 1): [HostTensor, HostTensor] {
  const [rows, columns] = (axis === 0 ? [shape[0]! / 2, shape[1]!] : [shape[0]!, shape[1]! / 2]) as [number, number];
  const width = axis === 0 ? data.length / 2 : columns;
  const parts = [0, 1].map((which) => {
    const part = new Float32Array(rows * columns);
    for (let at = 0; at < part.length; at += width)
      part.set(data.subarray(2 * at + which * width, 2 * at + (which + 1) * width), at);
    return { shape: [rows, columns], data: part };
  });
  return [parts[0]!, parts[1]!];
}
