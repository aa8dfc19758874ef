/**
 * AdaLoRA: W + s·B diag(E) A with s = alpha / (init_rank + 1e-5), ranks taken away while it trains. Zhang et al. 2023,
 * https://arxiv.org/abs/2303.10512; initialisation, penalty, key names and configuration are those of Hugging Face PEFT 0.21.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../base/tensor.ts';
import { linear, lowRank } from '../engine/ops/index.ts';
import { scaling } from '../methods/adalora.ts';
import type { MatrixSettings } from '../methods/types.ts';
import { type BudgetOptions, budget, budgetState } from './adalora-budget.ts';
import { draw, plusProduct, scaledRows } from './factors.ts';
import { dropped, lora } from './lora.ts';
import type { MatrixAdapter, MatrixSite, SiteState } from './types.ts';

interface AdaLoraOptions extends BudgetOptions {
  orth_reg_weight: number;
  dropout?: number;
  /** Of an adapter whose schedule has ended: which triplets its file holds, by `<module>.lora_E`. */
  live?: Record<string, boolean[]>;
  total_step?: number;
}

const optionsOf = ({ options }: MatrixSettings) => options as unknown as AdaLoraOptions;

const liveAt = ({ name, settings }: MatrixSite): boolean[] | undefined => optionsOf(settings).live?.[`${name}.lora_E`];

export const adalora: MatrixAdapter = {
  init({ m, n, settings }, _weight, random) {
    const { init_rank: rank } = optionsOf(settings);
    const normal = () => 0.02 * random.normal();
    const trainable = { A: draw([rank, n], normal), B: draw([m, rank], normal), E: draw([rank, 1], () => 0) };
    return { trainable, frozen: {}, schedule: budgetState(trainable) };
  },

  restore(site, { A, B, E }) {
    const trainable = { A: A!, B: B!, E: E! };
    if (!liveAt(site)) return { trainable, frozen: {}, schedule: budgetState(trainable) };
    if (E!.data.length > 0) return { trainable, frozen: {} };
    // A matrix that lost all has one triplet here that does nothing, and none in the file.
    const { m, n } = site;
    const nothing = { A: draw([1, n], () => 0), B: draw([m, 1], () => 0), E: draw([1, 1], () => 0) };
    return { trainable: nothing, frozen: {}, schedule: { kept: { shape: [1], data: new Float32Array(1) } } };
  },

  forward(x, site) {
    const { A, B, E } = site.tensors;
    return lowRank(site.base(x), dropped(x, site), { A: A!, B: B!, hidden: E! }, scaling(site.settings));
  },
  ...(lora.randomInputs && { randomInputs: lora.randomInputs }),

  penalty({ A, B }, settings) {
    const { orth_reg_weight: weight } = optionsOf(settings);
    return weight === 0 ? undefined : tf.mul(tf.add(offOrthogonal(A!), offOrthogonal(tf.transpose(B!))), weight / 2);
  },
  schedule: budget,

  merge: (weight, state, { settings }) => {
    const { A, B, E } = state.trainable;
    return plusProduct(weight, B!, scaledRows(A!, E!.data), scaling(settings));
  },

  shapes(site) {
    const { m, n, settings } = site;
    const rows = liveAt(site)?.filter((live) => live).length ?? optionsOf(settings).init_rank;
    return { A: [rows, n], B: [m, rows], E: [rows, 1] };
  },

  pack: keptOf,
  plain(state, settings) {
    const { A, B, E } = keptOf(state) as Record<'A' | 'B' | 'E', HostTensor>;
    const rank = E.data.length;
    if (rank === 0) {
      const [m, n] = [B.shape[0]!, A.shape[1]!];
      return { A: draw([1, n], () => 0), B: draw([m, 1], () => 0), settings: { rank: 1, alpha: 1, options: {} } };
    }
    return { A: scaledRows(A, E.data), B, settings: { rank, alpha: rank * scaling(settings), options: {} } };
  },

  peftConfig(settings, patterns, sites, targets) {
    const { init_rank, target_rank, tinit, tfinal, delta_t, beta1, beta2, orth_reg_weight } = optionsOf(settings);
    const total = optionsOf(settings).total_step ?? sites[0]?.state.schedule?.total?.data[0] ?? 0;
    const { use_rslora: _, ...common } = lora.peftConfig(settings, patterns, sites, targets);
    return {
      ...common,
      peft_type: 'ADALORA',
      r: 8,
      init_r: init_rank,
      target_r: target_rank,
      tinit,
      tfinal,
      deltaT: delta_t,
      beta1,
      beta2,
      orth_reg_weight,
      // PEFT loads no adapter without it; one that was never trained has no steps yet.
      total_step: total > 0 ? total : tinit + tfinal + 1,
      alpha_pattern: {},
      rank_pattern: livePattern(sites),
    };
  },

  learned(state) {
    const E = keptOf(state).E!.data;
    const about = 'Each triplet that is left counts as much as its E says.';
    return {
      items: [{ kind: 'vector', title: 'E', about, neutral: 0, index: 'triplet', values: E }],
      rank: E.length,
    };
  },
  peftKeys: { lora_A: 'A', lora_B: 'B', lora_E: 'E' },
};

/** ‖P·Pᵀ − I‖ of the rows of P. */
function offOrthogonal(P: tf.Tensor): tf.Tensor {
  const off = tf.sub(linear(P, P), tf.eye(P.shape[0]!));
  return tf.sqrt(tf.sum(tf.square(off)));
}

/** Null while all triplets are there. */
function livePattern(sites: readonly (MatrixSite & { state: SiteState })[]): Record<string, boolean[]> | null {
  const masks = sites.map((site): [string, boolean[]] => {
    const kept = site.state.schedule?.kept?.data ?? new Float32Array(site.state.trainable.E!.data.length).fill(1);
    return [`${site.name}.lora_E`, liveAt(site) ?? Array.from(kept, (value) => value === 1)];
  });
  return masks.every(([, mask]) => mask.every((live) => live)) ? null : Object.fromEntries(masks);
}

/** Without the triplets that the schedule has taken away for good. */
function keptOf({ trainable: { A, B, E }, schedule }: SiteState): Record<string, HostTensor> {
  const kept = schedule?.kept?.data;
  if (!kept || kept.every((value) => value === 1)) return { A: A!, B: B!, E: E! };
  const rows = [...kept.keys()].filter((i) => kept[i] === 1);
  const [m, n, rank] = [B!.shape[0]!, A!.shape[1]!, kept.length];
  return {
    A: draw([rows.length, n], (i) => A!.data[rows[Math.floor(i / n)]! * n + (i % n)]!),
    B: draw([m, rows.length], (i) => B!.data[Math.floor(i / rows.length) * rank + rows[i % rows.length]!]!),
    E: draw([rows.length, 1], (i) => E!.data[rows[i]!]!),
  };
}
