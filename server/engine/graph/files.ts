import type { FileRange } from '../../base/file-range.ts';
import type { Graph, Initializer } from '../onnx/model.ts';
import { locationOf } from '../weights/mapping.ts';
import type { Frozen } from './types.ts';

/**
 * A graph that maps weights from `files`, for a device that cannot: they become inputs, and frozen values beside the others, so that
 * sessions may share them.
 */
export function withFiles(
  graph: Graph,
  frozen: Record<string, Frozen>,
  files: readonly FileRange[],
): [Graph, Record<string, Frozen>] {
  const place = (file: string, offset: number, length: number) => `${file}@${offset}+${length}`;
  const ranges = new Map(files.map((range) => [place(locationOf(range), range.offset, range.length), range]));
  const mapped = (graph.initializers ?? []).flatMap(({ name, type, shape, data }) =>
    'file' in data ? [{ name, type, shape, range: ranges.get(place(data.file, data.offset, data.length))! }] : [],
  );
  const inline = ({ data }: Initializer) => !('file' in data);
  return [
    {
      ...graph,
      inputs: [...graph.inputs, ...mapped.map(({ name, type, shape }) => ({ name, type, shape }))],
      initializers: (graph.initializers ?? []).filter(inline),
    },
    {
      ...frozen,
      ...Object.fromEntries(mapped.map(({ name, type, shape: dims, range }) => [name, { type, dims, range }])),
    },
  ];
}
