/** Heads and other modules that adapters train in full, where adapters are composed. */
import { RankwiseError } from '../base/errors.ts';
import type { HostTensor } from '../base/tensor.ts';
import { toHost } from '../engine/index.ts';
import type { Assembly } from './assemble-types.ts';

/**
 * The trained copies that all sources have alike. A weighted sum of heads is no head: each was trained for its own features and its own order of labels,
 * and what the sum computes is nobody's task. So they must be equal, bit for bit. Throws `heads-differ`.
 */
export function composedHeads(sources: readonly Assembly[]): Map<string, HostTensor> {
  const heads = new Map<string, HostTensor>();
  for (const source of sources)
    for (const name of source.copies) {
      const tensor = source.trainable.get(name)!;
      const other = sources.find((each) => !same(copyOf(each, name), tensor));
      if (other) throw differing(name, source, other);
      heads.set(name, tensor);
    }
  return heads;
}

/** What a source has there: its copy, or the base's own. */
function copyOf({ trainable, frozen }: Assembly, name: string): HostTensor | undefined {
  const held = frozen.get(name);
  return trainable.get(name) ?? (held && toHost(held));
}

const same = (a: HostTensor | undefined, b: HostTensor): boolean =>
  a !== undefined && `${a.shape}` === `${b.shape}` && a.data.every((value, i) => value === b.data[i]);

function differing(name: string, a: Assembly, b: Assembly): RankwiseError {
  const [one, other] = [a, b].map(({ entries }) => entries[0]!.path!);
  return new RankwiseError(
    'heads-differ',
    `${one} and ${other} have another ${name}: heads that were trained apart have no sum that means anything.`,
    {
      file: one!,
      field: name,
      hint: 'Compose adapters that were trained with one head, or with `modules_to_save: []`.',
    },
  );
}
