/** preprocessor_config.json: what is done to an image before the model sees it, with the defaults of transformers' image processors. */
import { RankwiseError } from '../base/errors.ts';
import { show } from './fields.ts';
import type { ModelConfig } from './types.ts';

export interface ImageProcessing {
  /** To a size, or so that the shorter side has a length; with Pillow's number of the filter. */
  resize?: { size: { height: number; width: number } | { shortestEdge: number }; resample: number };
  /** The middle, with black around it where the image is smaller. */
  crop?: { height: number; width: number };
  /** What a sample from 0 to 255 is multiplied with; 1 where it is not. */
  factor: number;
  /** Of each channel; then its mean is taken away and it is divided by its deviation. */
  normalize?: { mean: number[]; std: number[] };
}

/** Sizes of the images that a model takes. */
interface Shape {
  channels: number;
  height: number;
  width: number;
}

interface Processor {
  /** A single number is the shorter side, not both. */
  shortest: boolean;
  crops: boolean;
  resample: number;
  mean: number[];
  std: number[];
}

const half = [0.5, 0.5, 0.5];
const vit: Processor = { shortest: false, crops: false, resample: 2, mean: half, std: half };
const clip: Processor = {
  ...{ shortest: true, crops: true, resample: 3 },
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** By name, less "Fast", "Pil" and what the older "FeatureExtractor" was called. */
const processors: Readonly<Record<string, Processor>> = {
  ViT: vit,
  CLIP: clip,
  DeiT: { ...vit, ...imagenet, crops: true, resample: 3 },
  BeiT: { ...vit, resample: 3 },
  Siglip: { ...vit, resample: 3 },
};

const largest = 16_384;

/** That of a ViT processor for the model's size: for a model without the file. */
export const usualProcessing = ({ channels, height, width }: Shape): ImageProcessing => ({
  resize: { size: { height, width }, resample: 2 },
  factor: 1 / 255,
  normalize: { mean: spread([0.5], channels), std: spread([0.5], channels) },
});

/**
 * Reads the file of the model that takes `shape`. Throws `bad-preprocessor` naming the field, also where what comes out has not the size
 * that the model takes.
 */
export function imageProcessing(config: ModelConfig, shape: Shape, modelType = 'vit'): ImageProcessing {
  const kind = processorOf(config, modelType);
  const on = (field: string, usual: boolean): boolean => {
    const value = config[field] ?? usual;
    if (typeof value === 'boolean') return value;
    throw bad(field, `must be true or false, not ${show(value)}`);
  };
  const crops = on('do_center_crop', kind.crops);
  const model = { height: shape.height, width: shape.width };
  const crop = crops ? sides(config, 'crop_size', model) : undefined;
  const resize = on('do_resize', true)
    ? { size: resizedTo(config, kind, model), resample: filterOf(config, kind) }
    : undefined;
  const channels = (field: string, usual: number[]) => numbers(config, field, usual, shape.channels);
  const normalize = on('do_normalize', true)
    ? { mean: channels('image_mean', kind.mean), std: channels('image_std', kind.std) }
    : undefined;
  if (normalize?.std.includes(0)) throw bad('image_std', 'must not be 0');
  const [factor] = on('do_rescale', true) ? numbers(config, 'rescale_factor', [1 / 255], 1) : [1];
  if (on('do_pad', false)) throw bad('do_pad', 'is not supported', 'Remove it: ViT takes images of one size.');
  const made = crop ?? (resize && 'height' in resize.size ? resize.size : undefined);
  if (made && (made.height !== shape.height || made.width !== shape.width))
    throw bad(
      crop ? 'crop_size' : 'size',
      `makes images of ${made.height} × ${made.width}; the model takes ${shape.height} × ${shape.width}`,
      "Write the model's size into it.",
    );
  return { ...(resize && { resize }), ...(crop && { crop }), factor: factor!, ...(normalize && { normalize }) };
}

function processorOf(config: ModelConfig, modelType: string): Processor {
  const name = config.image_processor_type ?? config.feature_extractor_type ?? modelType;
  if (typeof name !== 'string') throw bad('image_processor_type', `must be a name, not ${show(name)}`);
  const short = name.replace(/(ImageProcessor|FeatureExtractor)?(Fast|Pil)?$/, '').toLowerCase();
  const found = Object.entries(processors).find(([known]) => known.toLowerCase() === short);
  if (found) return found[1];
  throw bad(
    config.image_processor_type === undefined ? 'feature_extractor_type' : 'image_processor_type',
    `is ${show(name)}, which is not known`,
    `Known are ${Object.keys(processors)
      .map((known) => `${known}ImageProcessor`)
      .join(', ')}.`,
  );
}

function resizedTo(
  config: ModelConfig,
  kind: Processor,
  model: { height: number; width: number },
): NonNullable<ImageProcessing['resize']>['size'] {
  const { size } = config;
  if (size === undefined || size === null)
    return kind.shortest ? { shortestEdge: Math.min(model.height, model.width) } : model;
  if (typeof size === 'number')
    return kind.shortest ? { shortestEdge: side(size, 'size') } : sides(config, 'size', model);
  const { shortest_edge: shortest, longest_edge: longest } = size as Record<string, unknown>;
  if (longest !== undefined && longest !== null)
    throw bad('size.longest_edge', 'is not supported', 'Write height and width.');
  if (shortest !== undefined && shortest !== null) return { shortestEdge: side(shortest, 'size.shortest_edge') };
  return sides(config, 'size', model);
}

/** A number for both, [height, width], or {height, width}. */
function sides(config: ModelConfig, field: string, usual: { height: number; width: number }) {
  const value = config[field];
  if (value === undefined || value === null) return usual;
  if (typeof value === 'number') return { height: side(value, field), width: side(value, field) };
  if (typeof value !== 'object') throw bad(field, `must be {height, width}, not ${show(value)}`);
  const { height, width } = Array.isArray(value)
    ? { height: value[0], width: value[1] }
    : (value as Record<string, unknown>);
  return { height: side(height, `${field}.height`), width: side(width, `${field}.width`) };
}

function side(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= largest) return value;
  throw bad(field, `must be a whole number from 1 to ${largest}, not ${show(value)}`);
}

/** PIL's numbers: nearest, lanczos, bilinear, bicubic, box, hamming. */
function filterOf(config: ModelConfig, kind: Processor): number {
  const value = config.resample ?? kind.resample;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 5) return value;
  throw bad('resample', `must be one of Pillow's filters, 0 to 5, not ${show(value)}`);
}

function numbers(config: ModelConfig, field: string, usual: number[], count: number): number[] {
  const given = config[field];
  const value =
    given === undefined || given === null ? spread(usual, count) : typeof given === 'number' ? [given] : given;
  const list: unknown[] = Array.isArray(value) ? value : [];
  if (list.length === 0 || !list.every((one) => typeof one === 'number' && Number.isFinite(one)))
    throw bad(field, `must be ${count} number${count === 1 ? '' : 's'}, not ${show(given)}`);
  if (list.length !== count && list.length !== 1) throw bad(field, `has ${list.length} numbers for ${count} channels`);
  return spread(list as number[], count);
}

/** One number for all channels, or one for each. */
const spread = (list: readonly number[], count: number): number[] =>
  Array.from({ length: count }, (_, i) => list[i] ?? list[0]!);

const bad = (
  field: string,
  problem: string,
  hint = 'Correct the field, or take the file from the model that this one came from.',
) => new RankwiseError('bad-preprocessor', `preprocessor_config.json: ${field} ${problem}`, { field, hint });
