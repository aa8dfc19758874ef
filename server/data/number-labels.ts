import { RankwiseError } from '../base/errors.ts';
import type { Fields } from '../datafiles/fields.ts';
import { place } from '../datafiles/place.ts';
import type { RowLabels } from './row.ts';
import type { Labels } from './types.ts';

/** Labels of a regression: one finite number a row, held as float32. */
export const numberLabels: RowLabels = {
  /** Throws `label-not-a-number`. csv holds numbers as text. */
  of(fields: Fields, role: string): Labels {
    const value = fields.value(role);
    const written = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    const labels = Float32Array.of(typeof written === 'number' ? written : Number.NaN);
    if (Number.isFinite(labels[0]!)) return labels;
    const { file } = fields.row;
    const found = JSON.stringify(value)?.slice(0, 60);
    throw new RankwiseError(
      'label-not-a-number',
      `${place(fields.row)}: the label ${found} is not a number of float32.`,
      {
        file,
        hint: 'Regression wants one finite number a row. Correct the row, or use `task: sequence-classification` for classes.',
      },
    );
  },
  settle: () => undefined,
};
