/** The file that `rankwise forward` reads: checked to the last number, because an id out of range would read foreign memory. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import type { ModelInputs } from '../models/types.ts';
import type { TrainableModel } from '../training/types.ts';
import { imageExample, readImages } from './image-input.ts';

const fields = ['input_ids', 'attention_mask', 'token_type_ids'];
/** Of models with a decoder of its own. */
const decoderFields = ['input_ids', 'attention_mask', 'decoder_input_ids'];
const imageFields = ['pixel_values'];

type Limits = Pick<TrainableModel, 'vocabSize' | 'maxLength' | 'lengthLimited' | 'tokenTypes'> &
  Pick<TrainableModel, 'image' | 'startTokenId'>;

/**
 * int32 tensors, or float32 images, which the caller disposes; a missing `attention_mask` is all ones. Throws `bad-input` naming the file and the place
 * ("input_ids[1][3]").
 */
export function readForwardInput(file: string, model: Limits): ModelInputs {
  const content = readJson(file);
  const decodes = model.startTokenId !== undefined;
  const known = model.image ? imageFields : decodes ? decoderFields : fields;
  const example = model.image ? imageExample : decodes ? decoderExample : textExample;
  for (const name of Object.keys(content)) if (!known.includes(name)) throw unknownField(file, name, known, example);
  const bad = (field: string, problem: string, hint = example) => badInput(file, field, problem, hint);
  if (model.image) return readImages(content.pixel_values, model.image, bad);
  const ids = matrix(content.input_ids, 'input_ids', model.vocabSize, bad);
  const { rows, length } = ids;
  const targets = decodes ? matrix(content.decoder_input_ids, 'decoder_input_ids', model.vocabSize, bad) : undefined;
  if (targets && targets.rows !== rows) throw bad('decoder_input_ids', `has ${targets.rows} rows, input_ids ${rows}`);
  if (model.lengthLimited && length > model.maxLength)
    throw bad('input_ids', `has rows of ${length} tokens; the model has ${model.maxLength} positions`);
  const beside = (name: string, below: number) => {
    const found = matrix(content[name], name, below, bad);
    if (found.rows === rows && found.length === length) return found;
    throw bad(name, `is [${found.rows}, ${found.length}], input_ids is [${rows}, ${length}]`);
  };
  if (content.token_type_ids !== undefined && model.tokenTypes === 0)
    throw bad('token_type_ids', 'is given, but this model has no token types', 'Leave the field out.');
  const tensor = ({ data, length }: Matrix) => tf.tensor(data, [rows, length], 'int32');
  const mask = content.attention_mask === undefined ? undefined : beside('attention_mask', 2);
  const types = content.token_type_ids === undefined ? undefined : beside('token_type_ids', model.tokenTypes);
  return {
    input_ids: tensor(ids),
    attention_mask: tensor(mask ?? { rows, length, data: new Int32Array(rows * length).fill(1) }),
    ...(types && { token_type_ids: tensor(types) }),
    ...(targets && { decoder_input_ids: tensor(targets) }),
  };
}

interface Matrix {
  rows: number;
  length: number;
  data: Int32Array;
}

/** A rectangular list of lists of whole numbers in [0, below). */
function matrix(value: unknown, name: string, below: number, bad: (field: string, problem: string) => Error): Matrix {
  if (value === undefined) throw bad(name, 'is missing');
  if (!Array.isArray(value) || value.length === 0) throw bad(name, 'must be a list of rows, at least one');
  const length = Array.isArray(value[0]) ? value[0].length : 0;
  const data = new Int32Array(value.length * length);
  for (const [r, row] of value.entries()) {
    if (!Array.isArray(row) || row.length === 0) throw bad(`${name}[${r}]`, 'must be a list of numbers, at least one');
    if (row.length !== length)
      throw bad(`${name}[${r}]`, `has ${row.length} numbers, the first row ${length}; pad rows to one length`);
    for (const [c, item] of row.entries()) {
      if (!Number.isInteger(item) || item < 0 || item >= below)
        throw bad(`${name}[${r}][${c}]`, `is ${shown(item)}; it must be a whole number from 0 to ${below - 1}`);
      data[r * length + c] = item;
    }
  }
  return { rows: value.length, length, data };
}

function readJson(file: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const what = cause instanceof SyntaxError ? 'is not valid JSON' : `cannot be read: ${(cause as Error).message}`;
    throw new RankwiseError('bad-input', `${file} ${what}`, { file, cause, hint: textExample });
  }
  if (content !== null && typeof content === 'object' && !Array.isArray(content))
    return content as Record<string, unknown>;
  throw new RankwiseError('bad-input', `${file} does not hold a JSON object`, { file, hint: textExample });
}

function unknownField(file: string, name: string, known: string[], example: string): RankwiseError {
  const other = [...fields, ...decoderFields, ...imageFields].includes(name);
  if (other) return badInput(file, name, `is no input of this model, which reads ${known[0]}`, example);
  const near = nearest(name, known);
  return badInput(file, name.slice(0, 100), 'is no input', near ? `Did you mean ${near}?` : example);
}

const badInput = (file: string, field: string, problem: string, hint: string) =>
  new RankwiseError('bad-input', `${file}: ${field} ${problem}`, { file, field, hint });

const textExample = 'Expected: {"input_ids": [[1, 2, 3]], "attention_mask": [[1, 1, 1]]}, token_type_ids optional.';
const decoderExample =
  'Expected: {"input_ids": [[1, 2, 3]], "decoder_input_ids": [[0, 4, 5]]}: what the decoder reads, its start token first.';
const shown = (value: unknown): string => (JSON.stringify(value) ?? 'undefined').slice(0, 40);
