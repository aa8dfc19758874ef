import type { Attribute, Graph, Initializer, Node, ValueInfo } from './model.ts';

/** A graph written node by node; values are their names. */
export class GraphBuilder {
  private readonly inputs: ValueInfo[] = [];
  private readonly outputs: ValueInfo[] = [];
  private readonly nodes: Node[] = [];
  private readonly initializers: Initializer[] = [];

  input(info: ValueInfo): string {
    this.inputs.push(info);
    return info.name;
  }

  /** A scalar constant. */
  number(value: number): string {
    return this.constant({ type: 'float32', shape: [], data: Float32Array.of(value) });
  }

  /** A constant int64 vector: axes, shapes. */
  indices(values: readonly number[]): string {
    return this.constant({ type: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) });
  }

  /** A node with one output, whose name is returned. */
  op(
    op: string,
    inputs: string[],
    attributes: Record<string, Attribute> = {},
    more: Pick<Node, 'domain'> & { as?: string } = {},
  ): string {
    const { as = `t${this.nodes.length}`, domain } = more;
    this.nodes.push({ op, inputs, outputs: [as], attributes, ...(domain !== undefined && { domain }) });
    return as;
  }

  /** Declares a value that a node has made as an output of the graph. */
  output(info: ValueInfo): this {
    this.outputs.push(info);
    return this;
  }

  build(): Graph {
    return { inputs: this.inputs, outputs: this.outputs, nodes: this.nodes, initializers: this.initializers };
  }

  private constant(tensor: Omit<Initializer, 'name'>): string {
    const name = `c${this.initializers.length}`;
    this.initializers.push({ ...tensor, name });
    return name;
  }
}
