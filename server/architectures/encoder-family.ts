/** What encoders with a classification head share. */
import { countParameters, type PeftTargets, peftDefaults } from './modules.ts';
import { demandTask, labelsFor } from './tasks.ts';
import type { Family, ModelConfig, ModuleTable } from './types.ts';

export const encoderTasks = ['sequence-classification', 'regression'] as const;

/** Texts to classes or a number, with a forward graph, unless it says otherwise. */
export interface EncoderVariant extends Partial<Pick<Family, 'tasks' | 'runs' | 'diskNames'>> {
  /** Which is its `model_type`, too. */
  id: string;
  title: string;
  architecture: string;
  basePrefix: string;
  targets?: PeftTargets;
  /** The head with its `labels` outputs included. */
  body(config: ModelConfig, labels: number): Pick<ModuleTable, 'modules' | 'layers' | 'shape'>;
}

/** Regression has one output unless the recipe says otherwise. */
export function encoderFamily(v: EncoderVariant): Family {
  const { id, title, architecture, basePrefix, targets = {}, body, tasks = encoderTasks, ...more } = v;
  return {
    id,
    title,
    modelTypes: [id],
    tasks,
    runs: tasks,
    diskNames: (name) => encoderDiskNames(basePrefix, name),
    ...more,
    table(config, task, numLabels) {
      demandTask(title, task, tasks);
      const { modules, layers, shape } = body(config, labelsFor(config, task, numLabels));
      return {
        architecture,
        family: id,
        modules,
        totalParameters: countParameters(modules),
        ...peftDefaults(targets),
        basePrefix,
        layers,
        shape,
      };
    },
  };
}

/** With or without the base prefix; checkpoints converted from TensorFlow call LayerNorm's parameters gamma and beta. */
function encoderDiskNames(prefix: string, name: string): string[] {
  const tensorflow = name
    .replace(/\bLayerNorm\.weight$/, 'LayerNorm.gamma')
    .replace(/\bLayerNorm\.bias$/, 'LayerNorm.beta');
  const names = tensorflow === name ? [name] : [name, tensorflow];
  if (!name.startsWith(`${prefix}.`)) return names;
  return [...names, ...names.map((n) => n.slice(prefix.length + 1))];
}
