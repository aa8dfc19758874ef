/** Where a model is: a folder, or a hub id in the local Hugging Face cache. Nothing is ever downloaded. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { type Environment, hubFolder, mainSnapshot } from '../base/huggingface.ts';
import { pickleHint, pickleSuffixes } from './pickle.ts';

/**
 * The absolute path of the model folder that `spec` names: a folder relative to `cwd`, else `organisation/name` (or `name`) in
 * the cache, at the revision of refs/main. Throws `model-not-found`, which lists where it looked, or `pickle-refused`.
 */
export function resolveModel(spec: string, options: { cwd: string; env?: Environment }): string {
  const folder = spec.includes('\0') ? undefined : path.resolve(options.cwd, spec);
  const kind = folder === undefined ? undefined : kindOf(folder);
  if (folder !== undefined && kind === 'folder') return folder;
  if (folder !== undefined && kind === 'file') {
    if (pickleSuffixes.some((suffix) => folder.endsWith(suffix)))
      throw new RankwiseError('pickle-refused', `${folder} is a pickle file`, { file: folder, hint: pickleHint });
    throw new RankwiseError('model-not-found', `${folder} is a file; a model is a folder with config.json`, {
      file: folder,
      hint: `Give the folder: ${path.dirname(folder)}`,
    });
  }
  const looked = folder === undefined ? [] : [folder];
  if (hubId.test(spec) && !spec.includes('..')) {
    const cached = hubFolder('models', spec, options.env ?? process.env);
    const snapshot = mainSnapshot(cached);
    if (snapshot !== undefined && kindOf(snapshot) === 'folder') return snapshot;
    looked.push(path.join(cached, 'snapshots'));
  }
  throw new RankwiseError('model-not-found', `No model ${JSON.stringify(spec.slice(0, 200))} on this machine`, {
    field: 'model.path',
    hint:
      `Looked in: ${looked.join(', ') || 'nowhere, the path holds a NUL character'}. ` +
      `Give a folder with config.json and *.safetensors, or download a hub model first: hf download ${spec.includes('/') && looked.length > 1 ? spec : 'ORGANISATION/NAME'}`,
  });
}

const hubId = /^\w[\w.-]{0,95}(\/\w[\w.-]{0,95})?$/;

function kindOf(place: string): 'folder' | 'file' | undefined {
  try {
    const stats = statSync(place, { throwIfNoEntry: false });
    return stats?.isDirectory() ? 'folder' : stats ? 'file' : undefined;
  } catch (cause) {
    // No permission, a loop of links, a name too long for the file system.
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new RankwiseError('model-not-found', `${place.slice(0, 200)} cannot be read (${reason})`, {
      field: 'model.path',
      hint: 'Check the path and its permissions.',
      cause,
    });
  }
}
