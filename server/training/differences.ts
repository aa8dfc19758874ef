import { RankwiseError } from '../base/errors.ts';
import type { HostTensor } from '../base/tensor.ts';

/** Named in one error at most. */
const SHOWN = 8;

/** How an adapter's file differs from what the model and adapter_config.json imply: gathered, so that one error says all of it. */
export class Differences {
  private readonly dir: string;
  private readonly found: { key: string; what: string }[] = [];

  constructor(dir: string) {
    this.dir = dir;
  }

  add(key: string, what: string): void {
    this.found.push({ key, what });
  }

  /** The tensor. Where it is missing or of another shape that is noted, and nothing may be made of the result. */
  shaped(key: string, tensor: HostTensor | undefined, shape: readonly number[]): HostTensor {
    if (!tensor) this.add(key, 'It is missing from the file.');
    else if (tensor.shape.join() !== shape.join())
      this.add(key, `It is [${tensor.shape}]; model and adapter_config.json imply [${shape}].`);
    return tensor ?? { shape: [...shape], data: new Float32Array(0) };
  }

  /** Throws `bad-adapter` where there are any. */
  demandNone(): void {
    const [first] = this.found;
    if (!first) return;
    const count = this.found.length;
    const lines = this.found.slice(0, SHOWN).map(({ key, what }) => `\n  ${key}: ${what}`);
    const more = count > SHOWN ? `\n  and ${count - SHOWN} more.` : '';
    const message =
      count === 1
        ? `${this.dir}: tensor ${first.key}: ${first.what}`
        : `${this.dir} does not fit in ${count} tensors:${lines.join('')}${more}`;
    throw new RankwiseError('bad-adapter', message, {
      file: this.dir,
      field: first.key,
      hint: 'Use the adapter with the model that it was trained for, and copy its folder whole.',
    });
  }
}
