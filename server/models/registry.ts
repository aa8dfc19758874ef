/** Every model family's forward graph, under the id of its entry in `architectures/families.ts`. One line a family. */
import { bert } from './bert.ts';
import { llama } from './llama.ts';
import { roberta } from './roberta.ts';
import type { ModelFamily } from './types.ts';

const models: readonly ModelFamily[] = [llama, roberta, bert];

/** The forward graph of a module table's family; a test keeps both registries equal. */
export function modelFamily(id: string): ModelFamily {
  const family = models.find((model) => model.id === id);
  if (!family) throw new Error(`No forward graph for the family ${id}`);
  return family;
}
