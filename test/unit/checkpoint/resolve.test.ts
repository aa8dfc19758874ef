import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { hubCache } from '../../../server/base/huggingface.ts';
import { resolveModel } from '../../../server/checkpoint/resolve.ts';
import { temporaryFolder } from './safetensors/files.ts';

function cacheWith(name: string, commit: string, ref = commit) {
  const home = temporaryFolder();
  const model = path.join(home, 'hub', name);
  mkdirSync(path.join(model, 'snapshots', commit), { recursive: true });
  mkdirSync(path.join(model, 'refs'));
  mkdirSync(path.join(model, 'blobs'));
  writeFileSync(path.join(model, 'blobs', 'abc'), '{}');
  symlinkSync('../../blobs/abc', path.join(model, 'snapshots', commit, 'config.json'));
  writeFileSync(path.join(model, 'refs', 'main'), `${ref}\n`);
  return { env: { HF_HOME: home }, cwd: home, snapshot: path.join(model, 'snapshots', commit) };
}

it('takes folders relative to the recipe before hub ids', () => {
  const { env, cwd } = cacheWith('models--org--name', 'c0ffee');
  mkdirSync(path.join(cwd, 'org', 'name'), { recursive: true });
  expect(resolveModel('./org/name', { cwd, env })).toBe(path.join(cwd, 'org', 'name'));
  expect(resolveModel('org/name', { cwd, env })).toBe(path.join(cwd, 'org', 'name'));
});

it('finds hub ids at refs/main of the cache', () => {
  const { env, cwd, snapshot } = cacheWith('models--org--name', 'c0ffee');
  expect(resolveModel('org/name', { cwd, env })).toBe(snapshot);
  const bare = cacheWith('models--gpt2', 'c0ffee');
  expect(resolveModel('gpt2', bare)).toBe(bare.snapshot);
});

it('looks for the cache where huggingface_hub does', () => {
  expect(hubCache({ HF_HUB_CACHE: '/c', HF_HOME: '/h' })).toBe('/c');
  expect(hubCache({ HF_HOME: '/h', XDG_CACHE_HOME: '/x' })).toBe('/h/hub');
  expect(hubCache({ XDG_CACHE_HOME: '/x' })).toBe('/x/huggingface/hub');
});

it('says where it looked and how to get the model', () => {
  const { env, cwd } = cacheWith('models--org--name', 'c0ffee');
  const error = expect.objectContaining({
    code: 'model-not-found',
    field: 'model.path',
    hint: expect.stringMatching(
      new RegExp(`${cwd}/org/other, ${cwd}/hub/models--org--other/snapshots.*hf download org/other$`),
    ),
  });
  expect(() => resolveModel('org/other', { cwd, env })).toThrow(error);
});

it.each<[string, string]>([
  ['parent folders', '../../../none'],
  ['a parent as name', 'org/..'],
  ['NUL', 'a\0b'],
  ['too many parts', 'org/name/more'],
  ['a very long name', 'x'.repeat(5000)],
])('finds no model for %s', (_, spec) => {
  const { env, cwd } = cacheWith('models--org--name', 'c0ffee');
  expect(() => resolveModel(spec, { cwd: path.join(cwd, 'none'), env })).toThrow(
    expect.objectContaining({ code: 'model-not-found', field: 'model.path' }),
  );
});

it('does not take ./name for a hub id', () => {
  const { env, cwd } = cacheWith('models--org--name', 'c0ffee');
  expect(() => resolveModel('./model', { cwd, env })).toThrow(
    expect.objectContaining({ hint: expect.stringContaining(`Looked in: ${cwd}/model. `) }),
  );
});

it('ignores a reference that points elsewhere', () => {
  const { env, cwd } = cacheWith('models--org--name', 'c0ffee', '../../..');
  expect(() => resolveModel('org/name', { cwd, env })).toThrow(expect.objectContaining({ code: 'model-not-found' }));
});

it('refuses files, pickles by name', () => {
  const cwd = temporaryFolder();
  for (const name of ['pytorch_model.bin', 'model.safetensors']) writeFileSync(path.join(cwd, name), '');
  const code = (spec: string, code: string) =>
    expect(() => resolveModel(spec, { cwd, env: {} })).toThrow(expect.objectContaining({ code }));
  code('pytorch_model.bin', 'pickle-refused');
  code('model.safetensors', 'model-not-found');
});
