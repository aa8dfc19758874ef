/** A trained run as Python code for transformers and Hugging Face PEFT that loads what it made. */
import path from 'node:path';
import { writesText } from '../architectures/tasks.ts';
import { RankwiseError } from '../base/errors.ts';
import { readJsonObject } from '../checkpoint/json.ts';
import { configName } from '../checkpoint/peft.ts';
import { fieldsOfType } from '../checkpoint/peft-fields.ts';
import type { RunRecord } from '../protocol/runs.ts';
import type { Recipe } from '../recipe/types.ts';
import { baseModel, reader } from './python-base.ts';
import { Expression, pythonCall, pythonValue } from './python-text.ts';

/**
 * `recipe` is the run's own. What PEFT cannot read is loaded from where it can be exported to; the code says how. Errors: `no-adapter` while
 * the run has no result.
 */
export function loadingCode(recipe: Recipe, { run, name, adapters = [], modelPath }: RunRecord): string {
  if (adapters.length === 0 && modelPath === undefined)
    throw new RankwiseError('no-adapter', `${name} has no result to load yet.`, {
      file: run,
      hint: 'A finished run has one.',
    });
  const lora = `${run}-lora`;
  const folders = adapters.every((adapter) => isPeft(adapter.path)) ? adapters : [{ name, path: lora }];
  return [
    ...(folders === adapters ? [] : exporting(run, lora)),
    ...(recipe.model.dtype === 'int8' ? [] : ['import torch']),
    'import transformers',
    ...(folders.length > 0 ? ['from peft import PeftModel'] : []),
    '',
    reader(recipe),
    modelPath === undefined
      ? // The adapter brings a head of its own, for which the checkpoint's may have made room.
        baseModel(recipe, !writesText(recipe.model.task))
      : baseModel({ ...recipe, model: { ...recipe.model, path: modelPath } }, false),
    ...folders.map(({ name: adapter, path }, i) =>
      i === 0
        ? `model = ${pythonCall('PeftModel.from_pretrained', [new Expression('model'), path], named(adapter, folders))}`
        : pythonCall('model.load_adapter', [path], { adapter_name: adapter }),
    ),
    ...(folders.length > 1
      ? [`model.base_model.set_adapter(${pythonValue(folders.map(({ name: adapter }) => adapter))})`]
      : []),
    'model.eval()',
    '',
  ].join('\n');
}

/** PEFT names a single adapter by itself. */
const named = (adapter: string, all: readonly unknown[]) => (all.length > 1 ? { adapter_name: adapter } : {});

const exporting = (run: string, lora: string): string[] => [
  '# Hugging Face PEFT does not have this method: load it as the plain LoRA that this writes.',
  `#   rankwise export ${quoted(run)} --format lora -o ${quoted(lora)}`,
];

/** For a shell, on one line. */
const quoted = (path: string): string => JSON.stringify(path.replaceAll(/[\r\n]+/g, ' '));

/** By what the adapter says to PEFT itself: several methods are saved as LoRA. */
const isPeft = (adapter: string): boolean =>
  fieldsOfType(String(readJsonObject(path.join(adapter, configName), 'bad-adapter-config').peft_type)).length > 0;
