import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { isRecord } from '../base/record.ts';

/** config.json, adapter_config.json and shard indexes are far smaller. */
const maxBytes = 64 * 2 ** 20;

/** A JSON file that holds an object; throws `file-not-readable`, or `code` when the content is something else. */
export function readJsonObject(file: string, code: string): Record<string, unknown> {
  let text: string;
  try {
    const stats = statSync(file);
    // Reading a pipe or a device would wait forever.
    if (!stats.isFile()) throw new RangeError('it is not a plain file');
    if (stats.size > maxBytes) throw new RangeError(`it is larger than ${maxBytes / 2 ** 20} MiB`);
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RankwiseError('file-not-readable', `${file} cannot be read: ${(cause as Error).message}`, {
      file,
      cause,
    });
  }
  const hint = `Correct ${path.basename(file)}, or download it again.`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RankwiseError(code, `${file} is not valid JSON`, { file, hint, cause });
  }
  if (isRecord(value)) return value;
  throw new RankwiseError(code, `${file} does not hold a JSON object`, { file, hint });
}
