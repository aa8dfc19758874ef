import type { Attribute, Graph, Initializer, Node, ValueInfo } from './model.ts';

interface NodeOptions {
  domain?: Node['domain'];
  /** Name of the (first) output. */
  as?: string;
  /** A node of its own even where an equal one exists: what is cheaper to compute twice than to keep. */
  again?: boolean;
}

/**
 * A graph written node by node; values are their names. The same operation on the same values is written once, so that fragments
 * (fragments/) that need the same intermediate share it without knowing of each other.
 */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  private readonly inputs: ValueInfo[] = [];
  private readonly outputs: ValueInfo[] = [];
  private readonly initializers: Initializer[] = [];
  private readonly known = new Map<string, readonly string[]>();
  private readonly prefix: string;
  private count = 0;

  /** `prefix` begins the names of all values: a loop's body must not hide a name of the graph around it. */
  constructor(prefix = '') {
    this.prefix = prefix;
  }

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

  /** A constant; equal small ones are one. */
  constant(tensor: Omit<Initializer, 'name'>): string {
    const small = !('file' in tensor.data) && tensor.data.length <= SMALL_CONSTANT;
    const key = small ? `${tensor.type}[${tensor.shape}]${tensor.data}` : undefined;
    const found = key !== undefined && this.known.get(key);
    if (found) return found[0]!;
    const name = this.name('c');
    this.initializers.push({ ...tensor, name });
    if (key !== undefined) this.known.set(key, [name]);
    return name;
  }

  /** A node with one output, whose name is returned. */
  op(
    op: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    options: NodeOptions = {},
  ): string {
    return this.ops(op, inputs, 1, attributes, options)[0]!;
  }

  /** A node with several outputs. */
  ops(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Record<string, Attribute> = {},
    { domain, as, again = false }: NodeOptions = {},
  ): readonly string[] {
    const key = `${domain}.${op}(${inputs})${count}${JSON.stringify(attributes)}`;
    const found = again || as !== undefined ? undefined : this.known.get(key);
    if (found) return found;
    const outputs = Array.from({ length: count }, (_, i) => (i === 0 && as !== undefined ? as : this.name('t')));
    this.nodes.push({ op, inputs, outputs, attributes, ...(domain !== undefined && { domain }) });
    if (!again) this.known.set(key, outputs);
    return outputs;
  }

  /** Declares a value that a node has made as an output of the graph; `value` is its name so far, where it is another. */
  output(info: ValueInfo, value = info.name): this {
    this.outputs.push(info);
    if (value !== info.name) this.rename(value, info.name);
    return this;
  }

  build(): Graph {
    return { inputs: this.inputs, outputs: this.outputs, nodes: this.nodes, initializers: this.initializers };
  }

  private rename(from: string, to: string): void {
    const renamed = (names: readonly string[]) => names.map((name) => (name === from ? to : name));
    this.nodes.forEach((node, i) => {
      if (node.outputs.includes(from) || node.inputs.includes(from))
        this.nodes[i] = { ...node, inputs: renamed(node.inputs), outputs: renamed(node.outputs) };
    });
  }

  private name(kind: string): string {
    return `${this.prefix}${kind}${this.count++}`;
  }
}

/** Elements up to which constants are compared. */
const SMALL_CONSTANT = 64;
