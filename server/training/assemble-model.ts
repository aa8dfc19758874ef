import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { taskHead } from '../architectures/modules.ts';
import { withoutPreprocessor } from '../checkpoint/preprocessor.ts';
import { fromHost } from '../engine/index.ts';
import { methodOf } from '../methods/registry.ts';
import type { ModelInputs } from '../models/types.ts';
import { type AssembleInput, assemble } from './assemble.ts';
import type { Assembly } from './assemble-types.ts';
import { checkSlice } from './check-slice.ts';
import { decoding } from './decode-step.ts';
import { exportLora } from './export-lora.ts';
import { methodSchedule } from './method-schedule.ts';
import { objectiveOf } from './objectives.ts';
import { saveAdapters } from './save-adapters.ts';
import { saveModel } from './save-model.ts';
import { evaluationStep, logitsStep, lossStep, randomInputs } from './step.ts';
import { targetSteps } from './target-step.ts';
import type { TrainableModel } from './types.ts';
import { weighing } from './weighing.ts';

/** Puts a model together and gives it the face that training, evaluation and jobs see. */
export async function trainableModel(input: AssembleInput): Promise<TrainableModel> {
  const assembly = await assemble(input);
  const { table, trainable, frozen, sites, family, config } = assembly;
  const schedule = methodSchedule(assembly);
  const decodes = decoding(assembly);
  const image = family.image?.(config);
  const unprocessed = image && withoutPreprocessor(input.checkpoint.dir, image);
  const writes = targetSteps(assembly);
  const weighed = input.weighable ? weighing(assembly, inPlaceBase(assembly)) : undefined;
  const head = taskHead(table);
  return {
    family: table.family,
    task: assembly.task,
    padTokenId: family.padTokenId(config),
    ...(family.startTokenId && { startTokenId: family.startTokenId(config) }),
    vocabSize: table.shape.vocab,
    maxLength: table.shape.maxPositions,
    lengthLimited: positionTables.some((name) => embeddingRows(assembly, name) > 0),
    tokenTypes: embeddingRows(assembly, 'token_type_embeddings'),
    ...(head && { numLabels: head.m }),
    ...(image && { image }),
    ...counts(assembly),
    warnings: [...assembly.warnings, ...(unprocessed ? [unprocessed] : [])],
    trainable,
    ...(schedule && { schedule }),
    groupOf: (name) => assembly.groups.get(name)!,
    settle() {
      for (const site of sites.values()) site.half.settle?.(site.state, site);
    },
    lossStep: lossStep(assembly),
    ...(assembly.checkpointing && { keptStep: lossStep({ ...assembly, checkpointing: false }) }),
    evaluationStep: evaluationStep(assembly),
    logitsStep: logitsStep(assembly),
    ...(decodes && { decoding: decodes }),
    ...(writes && { target: writes }),
    ...(weighed && { weighing: weighed }),
    checkSlice: (inputs) => checkSlice(assembly, inputs),
    countLabels: objectiveOf(assembly.task).count,
    randomInputs: (shape) => randomInputs(assembly, shape),
    logits: (inputs) => logitsNow(assembly, inputs),
    result: assembly.entries.some((entry) => methodOf(entry.method)?.result === 'model') ? 'model' : 'adapter',
    saveAdapters: (folder) => saveAdapters(assembly, input.model, folder),
    exportLora: (target, bound) => exportLora(assembly, input.model, target, bound),
    saveModel: (target) => saveModel(assembly, input.checkpoint.dir, target),
    dispose() {
      tf.dispose([...frozen.values()]);
      for (const site of sites.values()) tf.dispose(site.frozen);
    },
  };
}

/** The base's values of what adapters train in place, read while the checkpoint is open. */
const inPlaceBase = ({ inPlace, modules, original }: Assembly) =>
  new Map(
    [...inPlace.keys()].map((name) => {
      const dot = name.lastIndexOf('.');
      return [name, original(modules.get(name.slice(0, dot))!, name.slice(dot + 1))];
    }),
  );

/** Names of learned positions. */
const positionTables = ['position_embeddings', 'wpe', 'embed_positions'];

const embeddingRows = ({ table }: Assembly, name: string): number =>
  table.modules.find((module) => module.kind === 'embedding' && module.name.endsWith(`.${name}`))?.m ?? 0;

/** As PEFT's `get_nb_trainable_parameters`: adapters and trained copies count beside the whole base, frozen factors do not. */
function counts({ table, trainable, groups, sites, copies }: Assembly) {
  let trainableParameters = 0;
  let added = 0;
  for (const [name, { data }] of trainable) {
    trainableParameters += data.length;
    if (copies.has(name) || groups.get(name)!.startsWith('adapter')) added += data.length;
  }
  for (const { entry } of sites.values()) added += methodOf(entry.method)?.countedFrozen ?? 0;
  return { trainableParameters, allParameters: table.totalParameters + added };
}

function logitsNow(assembly: Assembly, inputs: ModelInputs): Tensor {
  return tf.tidy(() => {
    const tensors = [...assembly.trainable].map(([name, tensor]) => [name, fromHost(tensor)] as const);
    return logitsStep(assembly)({ ...inputs, ...Object.fromEntries(tensors) }).logits!;
  });
}
