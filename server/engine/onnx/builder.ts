import { type Attribute, type Graph, type Initializer, type Node, reads, type ValueInfo } from './model.ts';

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
  /** Values that became outputs, by their former names. */
  private readonly renamed = new Map<string, string>();
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
    const key = again ? undefined : `${domain}.${op}(${inputs})${count}${JSON.stringify(attributes)}`;
    const found = key === undefined || as !== undefined ? undefined : this.known.get(key);
    if (found) return found;
    const outputs = Array.from({ length: count }, (_, i) => (i === 0 && as !== undefined ? as : this.name('t')));
    this.nodes.push({ op, inputs, outputs, attributes, ...(domain !== undefined && { domain }) });
    if (key !== undefined) this.known.set(key, outputs);
    return outputs;
  }

  /** Declares a value as an output of the graph, under the output's name. */
  output(info: ValueInfo, value = info.name): this {
    this.outputs.push(info);
    if (value === info.name) return this;
    const now = this.renamed.get(value) ?? value;
    if (now === value && this.rename(value, info.name)) this.renamed.set(value, info.name);
    else this.op('Identity', [now], {}, { as: info.name });
    return this;
  }

  build(): Graph {
    return { inputs: this.inputs, outputs: this.outputs, nodes: this.nodes, initializers: this.initializers };
  }

  /** False for what no node of this graph makes (inputs, constants), or a loop's body reads. */
  private rename(from: string, to: string): boolean {
    const users = this.nodes.filter((node) => node.outputs.includes(from) || reads(node).includes(from));
    const inBody = users.some(({ inputs, outputs }) => !inputs.includes(from) && !outputs.includes(from));
    if (inBody || !users.some(({ outputs }) => outputs.includes(from))) return false;
    const renamed = (names: readonly string[]) => names.map((name) => (name === from ? to : name));
    for (const node of users)
      this.nodes[this.nodes.indexOf(node)] = { ...node, inputs: renamed(node.inputs), outputs: renamed(node.outputs) };
    return true;
  }

  private name(kind: string): string {
    return `${this.prefix}${kind}${this.count++}`;
  }
}

/** Elements up to which constants are compared. */
const SMALL_CONSTANT = 64;
