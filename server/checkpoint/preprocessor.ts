/** preprocessor_config.json of a model folder. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ImageProcessing, imageProcessing, usualProcessing } from '../architectures/image-processing.ts';
import type { ModelConfig, ModuleTable } from '../architectures/types.ts';
import { errorData, RankwiseError } from '../base/errors.ts';
import { type Disagreement, disagreementOf } from './disagreements.ts';
import { readJsonObject } from './json.ts';

type Shape = NonNullable<ModuleTable['shape']['image']>;

const fileIn = (dir: string): string => path.join(dir, 'preprocessor_config.json');

/** What is done to images for the model of a folder; without the file what is usual for ViT, which `withoutPreprocessor` tells. Throws `bad-preprocessor`. */
export function processingIn(dir: string, config: ModelConfig, shape: Shape): ImageProcessing {
  const file = fileIn(dir);
  if (!existsSync(file)) return usualProcessing(shape);
  const type = typeof config.model_type === 'string' ? config.model_type : undefined;
  try {
    return imageProcessing(readJsonObject(file, 'bad-preprocessor'), shape, type);
  } catch (error) {
    if (!(error instanceof RankwiseError)) throw error;
    const message = error.message.replace(/^preprocessor_config\.json/, file);
    throw RankwiseError.from({ ...error.toJSON(), message, file });
  }
}

/** A warning for a model of images that is without the file. */
export function withoutPreprocessor(
  dir: string,
  { height, width }: Shape,
): { code: string; message: string } | undefined {
  if (existsSync(fileIn(dir))) return undefined;
  const message =
    `The model folder has no preprocessor_config.json. Images are resized to ${height} × ${width}, bilinear, and go from −1 to 1 (mean and ` +
    'deviation 0.5), as for ViT. Add the file of the model that this one comes from if it wants others';
  return { code: 'preprocessor-missing', message };
}

/** As findings for the editor. */
export function preprocessorProblems(dir: string, config: ModelConfig, table: ModuleTable): Disagreement[] {
  const { image } = table.shape;
  if (!image) return [];
  try {
    processingIn(dir, config, image);
    const missing = withoutPreprocessor(dir, image);
    return missing ? [{ ...missing, severity: 'information' }] : [];
  } catch (error) {
    return [disagreementOf(errorData(error))];
  }
}
