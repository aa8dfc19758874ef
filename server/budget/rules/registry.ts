/** Every semantic rule. One line a rule. */
import { autoRankRule } from './auto-rank.ts';
import { biasIdle } from './bias-idle.ts';
import { budgetPhase, totalSteps } from './budget-phase.ts';
import { chat } from './chat.ts';
import { chatTemplate } from './chat-template.ts';
import { coverage } from './coverage.ts';
import { data } from './data.ts';
import { dataMissing } from './data-missing.ts';
import { deployment } from './deployment.ts';
import { device } from './device.ts';
import { equalShapes } from './equal-shapes.ts';
import { halving, halvingIdle } from './halving.ts';
import { labels } from './labels.ts';
import { layers } from './layers.ts';
import { learningRate } from './learning-rate.ts';
import { limits } from './limits.ts';
import { loss } from './loss.ts';
import { matching } from './matching.ts';
import { metric } from './metric.ts';
import { mixedResults } from './mixed-results.ts';
import { model } from './model.ts';
import { namedModules } from './named-modules.ts';
import { packing } from './packing.ts';
import { positions } from './positions.ts';
import { quantizedBase } from './quantized-base.ts';
import type { Rule } from './rule.ts';
import { runs } from './runs.ts';
import { savedAdapter, unknownAdapterFields } from './saved-adapter.ts';
import { remarks, settings } from './settings.ts';
import { sliced } from './sliced.ts';
import { scheduleConflict, scheduleIdle } from './steps.ts';
import { regressionLabels, task } from './task.ts';
import { tokenizer } from './tokenizer.ts';
import { vocabulary } from './vocabulary.ts';

export const rules: readonly Rule[] = [
  model,
  savedAdapter,
  unknownAdapterFields,
  matching,
  settings,
  quantizedBase,
  layers,
  autoRankRule,
  limits,
  device,
  coverage,
  namedModules,
  budgetPhase,
  totalSteps,
  mixedResults,
  equalShapes,
  sliced,
  biasIdle,
  task,
  regressionLabels,
  dataMissing,
  data,
  labels,
  tokenizer,
  vocabulary,
  packing,
  positions,
  chatTemplate,
  chat,
  scheduleConflict,
  scheduleIdle,
  metric,
  halving,
  halvingIdle,
  loss,
  learningRate,
  remarks,
  runs,
  deployment,
];

/** Every code that the rules report of their own; those of faults of files are the faults' own. */
export const ruleCodes: readonly string[] = rules.flatMap(({ codes }) => codes);
