import { imageOf } from '../../datafiles/images/source.ts';
import type { RowEncoder } from '../row.ts';

/** An image and its class. The image is looked at, and decoded when a batch is made of it. */
export const encodeImageLabel: RowEncoder = (row, context) => {
  const value = row.value('image');
  const { image, deepGrey } = context.images().add(imageOf(row.row, value, row.column('image')));
  if (deepGrey) context.count('grey-16-bit');
  return { ids: new Int32Array(0), image, labels: context.labels.of(row, 'label') };
};
