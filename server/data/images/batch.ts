import type { Batch } from '../batches.ts';
import type { Example } from '../types.ts';

/** Decodes the images of a batch. `positions`: patches and what the model puts before them. Throws `bad-image`. */
export function collateImages(
  examples: readonly Example[],
  { channels, height, width }: { channels: number; height: number; width: number },
  positions: number,
): Batch {
  const rows = examples.length;
  const size = channels * height * width;
  const data = new Float32Array(rows * size);
  const labels = new Int32Array(rows);
  for (const [row, example] of examples.entries()) {
    data.set(example.image!.pixels(), row * size);
    labels[row] = example.labels[0]!;
  }
  return {
    shape: { rows, length: positions },
    pixel_values: { data, shape: [rows, channels, height, width] },
    input_ids: new Int32Array(0),
    attention_mask: new Int32Array(0),
    labels,
    tokens: rows * positions,
  };
}
