import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { kernelTargets, manifest, sourceHash } from '../../../../scripts/kernels.mjs';
import { KERNEL_VERSION } from '../../../../server/engine/linalg/files.ts';

test('every prebuilt kernel is made of the sources that are here', () => {
  const { files } = manifest();
  expect(Object.keys(files).sort()).toEqual([...kernelTargets, 'wasm'].sort());
  for (const [target, { source }] of Object.entries(files)) expect([target, source]).toEqual([target, sourceHash()]);
});

test('the version of the cache’s names is that of the crate', () => {
  const cargo = readFileSync(
    path.join(import.meta.dirname, '../../../../server/engine/linalg/kernel/Cargo.toml'),
    'utf8',
  );
  expect(/^version = "(.*)"$/m.exec(cargo)?.[1]).toBe(KERNEL_VERSION);
});
