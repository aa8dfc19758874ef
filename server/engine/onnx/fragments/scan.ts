import { GraphBuilder } from '../builder.ts';
import type { ValueInfo } from '../model.ts';

let loops = 0;

/** A loop over the first axis of all items, which the body sees without it; its results are stacked. */
export function scan<V>(
  g: GraphBuilder,
  kind: string,
  items: readonly { name: string; value: string; shape: readonly number[] }[],
  results: readonly (readonly number[])[],
  body: (g: GraphBuilder, values: V) => readonly string[],
): readonly string[] {
  const prefix = `${kind}${loops++}.`;
  const b = new GraphBuilder(prefix);
  const info = (name: string, shape: readonly number[]): ValueInfo => ({ name: prefix + name, type: 'float32', shape });
  for (const { name, shape } of items) b.input(info(name, shape));
  const inside = Object.fromEntries(items.map(({ name }) => [name, prefix + name])) as V;
  body(b, inside).forEach((value, i) => {
    b.output(info(`out${i}`, results[i]!), value);
  });
  return g.ops(
    'Scan',
    items.map(({ value }) => value),
    results.length,
    { num_scan_inputs: items.length, body: { graph: b.build() } },
    { again: true },
  );
}
