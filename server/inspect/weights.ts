/** The tensors of a saved adapter against those that its configuration asks for on its base. */
import type { Module } from '../architectures/types.ts';
import type { Analysis } from '../budget/types.ts';
import { peftPrefix } from '../checkpoint/peft.ts';
import { methodOf } from '../methods/registry.ts';
import type { Severity } from '../protocol/diagnostics.ts';
import type { FieldPath } from '../recipe/types.ts';

export interface AdapterFinding {
  code: string;
  severity: Severity;
  message: string;
  /** Field of adapter_config.json; the first of them that stands in the text is marked. */
  at: FieldPath[];
  onKey?: true;
}

/** Names in a message. */
const shown = 3;

/** `adapter-tensor-missing`, `adapter-tensor-extra`, `adapter-tensor-shape`: one finding each, whatever their number. */
export function weightFindings(
  { claims, saved }: Pick<Analysis, 'claims' | 'saved'>,
  shapes: ReadonlyMap<string, readonly number[]>,
): AdapterFinding[] {
  const expected = new Map<string, readonly number[] | undefined>();
  for (const { entry, module, settings } of claims) {
    const tensors = methodOf(entry.method)?.fileShapes?.(module, settings);
    // Nothing can be missing from, or too much in, a file whose tensors are not known.
    if (!tensors) return [];
    for (const [key, shape] of Object.entries(tensors)) expected.set(`${peftPrefix}${module.name}.${key}`, shape);
  }
  for (const { module } of saved)
    for (const [own, shape] of Object.entries(module.parameters))
      expected.set(`${peftPrefix}${module.name}.${own}`, hasOwnSize(module) ? undefined : shape);

  const missing = [...expected.keys()].filter((key) => !shapes.has(key));
  // Shared tensors stand above the modules; biases of the base are saved where the configuration's `bias` says so.
  const foreign = (key: string): boolean => !key.startsWith(peftPrefix) || key.endsWith('.bias');
  const extra = [...shapes.keys()].filter((key) => !foreign(key) && !expected.has(key));
  const wrong = [...expected].flatMap(([key, shape]) => {
    const stored = shapes.get(key);
    return stored && shape && stored.join() !== shape.join() ? [`${key} is [${stored}], not [${shape}]`] : [];
  });
  return [
    ...finding('adapter-tensor-missing', missing, 'adapter_model.safetensors lacks', [['target_modules']]),
    ...finding('adapter-tensor-extra', extra, 'No target of this configuration has', [['target_modules']]),
    ...finding('adapter-tensor-shape', wrong, 'The weights are of another size:', [['r'], ['init_r'], ['peft_type']]),
  ];
}

/** The size of a head follows from labels, which the configuration does not say. */
const hasOwnSize = ({ role }: Module): boolean => role === 'task-head';

function finding(code: string, names: readonly string[], start: string, at: FieldPath[]): AdapterFinding[] {
  if (names.length === 0) return [];
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return [
    { code, severity: 'error', message: `${start} ${names.slice(0, shown).join(', ')}${more}.`, at, onKey: true },
  ];
}
