import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Makings } from '../../../server/daemon/makings.ts';
import type { AdapterTask } from '../../../server/protocol/adapters.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-makings-'));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** A worker that answers with what it was asked, or begins a folder and hangs where the adapter is `slow`. */
function makings() {
  mkdirSync(scratch, { recursive: true });
  const script = path.join(scratch, 'worker.mjs');
  writeFileSync(
    script,
    `import { mkdirSync } from 'node:fs';
    process.on('message', (message) => {
      if (message.type !== 'job') return;
      const { job, params } = message;
      if (params.adapter === '/slow') mkdirSync(params.output + '.' + process.pid + '.tmp');
      else process.send({ type: 'result', result: { path: params.output, exact: true, job } }, () => process.exit(0));
    });`,
  );
  return new Makings(script, () => {});
}
const task = (adapter: string): AdapterTask => ({ kind: 'merge', adapter });
const output = path.join(scratch, 'out');
const [one, other] = [{}, {}];

test('a task is the job of its kind', async () => {
  const result = await makings().make(one, 'a', task('/quick'), output);
  expect(result).toEqual({ path: output, exact: true, job: 'merge' });
});

test('stopping ends it, for its own client alone, and takes away what was begun', async () => {
  const all = makings();
  const made = all.make(one, 'a', task('/slow'), output);
  const ended = expect(made).rejects.toMatchObject({ code: 'aborted' });
  const { pid } = [...(all as unknown as { underWay: Map<string, { job: { pid: number } }> }).underWay.values()][0]!
    .job;
  await expect.poll(() => existsSync(`${output}.${pid}.tmp`)).toBe(true);
  all.stop(other, 'a');
  expect(all.size).toBe(1);
  await expect(all.make(other, 'a', task('/quick'), output)).rejects.toMatchObject({ code: 'too-many-tasks' });
  const began = performance.now();
  all.stop(one, 'a');
  await ended;
  expect(performance.now() - began).toBeLessThan(1000);
  expect(existsSync(`${output}.${pid}.tmp`)).toBe(false);
  expect(all.size).toBe(0);
});

test('a daemon that stops ends all', async () => {
  const all = makings();
  const ended = expect(all.make(one, 'a', task('/slow'), output)).rejects.toMatchObject({ code: 'daemon-stopped' });
  await all.close();
  await ended;
  await expect(all.make(one, 'b', task('/quick'), output)).rejects.toMatchObject({ code: 'daemon-stopped' });
});
