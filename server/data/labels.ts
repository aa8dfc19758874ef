import { RankwiseError } from '../base/errors.ts';
import type { Fields } from '../datafiles/fields.ts';
import { place } from '../datafiles/place.ts';
import type { RowLabels } from './row.ts';
import type { Labels } from './types.ts';

/**
 * Class numbers of labels that are numbers or names. Names get their numbers from `names` (the model's config, or the training
 * data of the run); else from the sorted names of this data, so that the order of rows does not matter.
 */
export class ClassLabels implements RowLabels {
  private readonly numLabels: number;
  private readonly given: boolean;
  private readonly names: Map<string, number>;
  private numbers = false;

  constructor(numLabels: number, names?: readonly string[]) {
    this.numLabels = numLabels;
    this.given = names !== undefined;
    this.names = new Map(names?.map((name, i) => [name, i]));
  }

  of(fields: Fields, role: string): Labels {
    return Int32Array.of(this.number(fields, role));
  }

  /** Throws `label-out-of-range`, `wrong-type`. With names of its own finding, the number is final only after `settle`. */
  number(fields: Fields, role: string): number {
    const value = fields.value(role);
    if (typeof value === 'string' && this.names.has(value)) return this.names.get(value)!;
    const number = typeof value === 'boolean' ? Number(value) : numeric(value);
    if (number !== undefined) {
      this.numbers = true;
      if (!this.given && this.names.size > 0) throw fields.wrong(role, 'a name, as in the rows before', value);
      if (!Number.isInteger(number) || number < 0 || number >= this.numLabels)
        throw this.outOfRange(fields, `label ${number}`, `the head has the classes 0 to ${this.numLabels - 1}`);
      return number;
    }
    if (typeof value !== 'string' || value.trim() === '') throw fields.wrong(role, 'a class number or name', value);
    if (this.given)
      throw this.outOfRange(fields, `label "${value}"`, `the classes are ${[...this.names.keys()].join(', ')}`);
    if (this.numbers) throw fields.wrong(role, 'a class number, as in the rows before', value);
    if (this.names.size === this.numLabels)
      throw this.outOfRange(
        fields,
        `label "${value}"`,
        `the head has only ${this.numLabels} classes, all named before`,
      );
    this.names.set(value, this.names.size);
    return this.names.size - 1;
  }

  /** The names by number; where the data gave them, also the final number of each that `number` gave. Undefined without names. */
  settle(): { names: string[]; numbers?: number[] } | undefined {
    if (this.names.size === 0) return undefined;
    if (this.given) return { names: [...this.names.keys()] };
    const names = [...this.names.keys()].sort();
    return { names, numbers: [...this.names.keys()].map((name) => names.indexOf(name)) };
  }

  private outOfRange(fields: Fields, what: string, range: string): RankwiseError {
    const { file } = fields.row;
    return new RankwiseError('label-out-of-range', `${place(fields.row)}: ${what}, but ${range}.`, {
      file,
      hint: 'Correct the row, or set model.num_labels to the number of classes.',
    });
  }
}

function numeric(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\s*[+-]?\d+(\.\d*)?\s*$/.test(value) ? Number(value) : undefined;
}
