import { expect, test } from 'vitest';
import { imageProcessing, usualProcessing } from '../../../server/architectures/image-processing.ts';

const shape = { channels: 3, height: 224, width: 224 };
const half = [0.5, 0.5, 0.5];

test('reads the layout of old feature extractors, whose size is one number', () => {
  const old = { do_normalize: true, do_resize: true, image_mean: half, image_std: half, resample: 2, size: 224 };
  expect(imageProcessing({ ...old, feature_extractor_type: 'ViTFeatureExtractor' }, shape)).toEqual(
    usualProcessing(shape),
  );
  expect(imageProcessing(old, shape)).toEqual(usualProcessing(shape));
  const clip = imageProcessing({ image_processor_type: 'CLIPImageProcessorFast', size: 224, crop_size: 224 }, shape);
  expect(clip.resize).toEqual({ size: { shortestEdge: 224 }, resample: 3 });
  expect(clip.crop).toEqual({ height: 224, width: 224 });
});

test('switches are followed', () => {
  const { resize, factor, normalize } = imageProcessing(
    { do_resize: false, do_rescale: false, do_normalize: false },
    shape,
  );
  expect([resize, factor, normalize]).toEqual([undefined, 1, undefined]);
});

test.each([
  ['size', { size: 384 }, 'makes images of 384 × 384; the model takes 224 × 224'],
  ['crop_size', { image_processor_type: 'CLIPImageProcessor', crop_size: { height: 336, width: 336 } }, '336 × 336'],
  ['size.width', { size: { height: 224 } }, 'must be a whole number'],
  ['size.longest_edge', { size: { shortest_edge: 224, longest_edge: 500 } }, 'is not supported'],
  ['image_mean', { image_mean: [0.5, 0.5] }, 'has 2 numbers for 3 channels'],
  ['image_std', { image_std: 0 }, 'must not be 0'],
  ['resample', { resample: 9 }, '0 to 5'],
  ['do_resize', { do_resize: 'yes' }, 'true or false'],
  ['image_processor_type', { image_processor_type: 'ConvNextImageProcessor' }, 'is not known'],
])('%s is named where it is wrong', (field, config, problem) => {
  expect(() => imageProcessing(config, shape)).toThrow(
    expect.objectContaining({ code: 'bad-preprocessor', field, message: expect.stringContaining(problem) }),
  );
});
