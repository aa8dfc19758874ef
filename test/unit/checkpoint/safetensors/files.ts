/** Builds safetensors bytes by hand, right or wrong. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const fixture = (name: string): string => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'rankwise-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** `header`: an object, or the exact JSON text; `length`: what the first 8 bytes say. */
export function safetensorsBytes(header: unknown, data: Uint8Array = new Uint8Array(), length?: bigint): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const first = Buffer.alloc(8);
  first.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([first, json, data]);
}
