/** Hover in adapter_config.json: what the field means, and what it comes to on the base. */
import type { Hover, Position } from 'vscode-languageserver-types';
import { methodOf } from '../methods/registry.ts';
import { fieldsOfEntry } from '../recipe/fields.ts';
import type { AdapterConfigState } from './adapter-config.ts';
import { recipeField } from './adapter-config.ts';
import { entryFacts, methodText, modelFacts, patternFacts } from './facts.ts';
import { placeAt } from './json-places.ts';

export function adapterHover(state: AdapterConfigState, position: Position): Hover | null {
  const { document, places, analysis, world } = state;
  const place = placeAt(places, document.offsetAt(position));
  const [name, item] = place?.path ?? [];
  if (!place || typeof name !== 'string') return null;
  const about = { analysis, world };
  const method = methodOf(analysis.methods[0] ?? '');
  const own = recipeField(name);
  const field = method && fieldsOfEntry(method).find((one) => one.name === own);
  const parts = [
    name === 'peft_type' && method ? methodText(method) : '',
    field ? `**${name}**${own === name ? '' : ` · \`${own}\` in a recipe`}\n\n${field.doc}` : '',
    name === 'base_model_name_or_path' ? modelFacts(about) : '',
    name === 'target_modules' && place.on === 'value'
      ? patternFacts(about, item === undefined ? 'adapters.0.target_modules' : `adapters.0.target_modules.${item}`)
      : '',
    name === 'peft_type' || field ? entryFacts(about, 0) : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) return null;
  const [start, end] = place.on === 'key' && place.key ? place.key : place.value;
  return {
    contents: { kind: 'markdown', value: parts.join('\n\n---\n\n') },
    range: { start: document.positionAt(start), end: document.positionAt(end) },
  };
}
