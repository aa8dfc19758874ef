import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connectDaemon } from '../../../server/wire/connect.ts';

test('who only looks for a daemon makes no folders where Rankwise was never used', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'rw-'));
  const env = { HOME: root, RANKWISE_HOME: path.join(root, 'home'), XDG_RUNTIME_DIR: root, TMPDIR: root };
  await expect(connectDaemon({ version: '0.1.0', env })).rejects.toMatchObject({ code: 'daemon-not-running' });
  expect(existsSync(env.RANKWISE_HOME)).toBe(false);
  rmSync(root, { recursive: true });
});
