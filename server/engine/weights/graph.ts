import type { FileRange } from '../../base/file-range.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { formatOf } from './formats.ts';
import { locationOf } from './mapping.ts';
import { isRange } from './parts.ts';
import type { FrozenWeight, HeldArray, Part, PartValues } from './types.ts';

/** An array that a graph reads in every run. */
export interface HeldPart {
  name: string;
  part: Part & { data: HeldArray };
}

/** The frozen weights of a graph under construction: arrays become inputs, files external tensors, each once. */
export class GraphWeights {
  readonly held: HeldPart[] = [];
  readonly files: FileRange[] = [];
  private readonly graph: GraphBuilder;
  private readonly names = new Map<Part, string>();

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  /** The whole tensor as float32, of the weight's shape. */
  read(weight: FrozenWeight): string {
    return formatOf(weight).nodes(this.graph, this.values(weight), weight);
  }

  /** The rows that `ids` names. */
  rows(weight: FrozenWeight, ids: string): string {
    const { rows } = formatOf(weight);
    if (rows) return rows(this.graph, this.values(weight), weight, ids);
    return this.graph.op('Gather', [this.read(weight), ids], { axis: 0 });
  }

  private values({ parts }: FrozenWeight): PartValues {
    return Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, this.name(part)]));
  }

  private name(part: Part): string {
    const found = this.names.get(part);
    if (found !== undefined) return found;
    const name = this.declare(part);
    this.names.set(part, name);
    return name;
  }

  private declare({ type, shape, data }: Part): string {
    if (isRange(data)) {
      this.files.push(data);
      const { offset, length } = data;
      return this.graph.constant({ type, shape, data: { file: locationOf(data), offset, length } });
    }
    const name = this.graph.input({ name: `weight${this.held.length}`, type, shape });
    this.held.push({ name, part: { type, shape, data } });
    return name;
  }
}
