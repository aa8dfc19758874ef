import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runJob, startJob } from '../../../server/wire/worker.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'rw-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A worker that does `body` with its first message. */
function worker(name: string, body: string) {
  const script = path.join(root, `${name}.mjs`);
  writeFileSync(
    script,
    `process.on('message', (message) => { const say = (m) => process.send(m, () => {});
      if (message.type === 'job') { const { job, params } = message; ${body} } else process.exit(0); });`,
  );
  return { script, job: 'forward', params: { model: 'm', inputFile: 'i' } } as const;
}

test('the result, events and chunks come through, NaN included', async () => {
  const chunks: string[] = [];
  const options = worker(
    'answers',
    `say({ type: 'chunk', text: params.model + job }); say({ type: 'result', result: { logits: [NaN], shape: [1] } });
     process.disconnect();`,
  );
  const result = await runJob({ ...options, onChunk: (text) => chunks.push(text) });
  expect(result).toEqual({ logits: [Number.NaN], shape: [1] });
  expect(chunks).toEqual(['mforward']);
});

test("the job's own error keeps its code, file and hint", async () => {
  const error = { code: 'bad-header', message: 'No.', kind: 'runtime', file: '/a', hint: 'Do.' };
  const options = worker('fails', `say({ type: 'error', error: ${JSON.stringify(error)} }); process.disconnect();`);
  await expect(runJob(options)).rejects.toMatchObject({ name: 'RankwiseError', ...error });
});

test.each([
  ['an exit before the result', 'console.error("last words"); process.exit(7)', 'worker-crashed', /exit code 7/],
  ['a crash', 'process.kill(process.pid, "SIGSEGV")', 'worker-crashed', /SIGSEGV/],
  ['a signal from outside', 'process.kill(process.pid, "SIGKILL")', 'worker-killed', /SIGKILL/],
])('%s is told apart', async (name, body, code, message) => {
  const options = worker(name.replaceAll(' ', '-'), body);
  await expect(runJob(options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('a mapped file that was cut off is thought of', async () => {
  const options = worker('bus', 'process.kill(process.pid, "SIGBUS")');
  await expect(runJob(options)).rejects.toMatchObject({
    code: 'worker-crashed',
    hint: expect.stringContaining('weight file'),
  });
});

test('what a worker printed last stands in the hint', async () => {
  const options = worker('prints', 'console.error("last words"); process.exitCode = 7; process.disconnect()');
  await expect(runJob(options)).rejects.toMatchObject({ hint: expect.stringContaining('last words') });
});

test('a script that is not there is an error, not a hang', async () => {
  await expect(runJob({ ...worker('x', ''), script: path.join(root, 'none.mjs') })).rejects.toMatchObject({
    code: 'worker-crashed',
  });
});

test('abort ends the worker', async () => {
  const controller = new AbortController();
  const running = runJob({ ...worker('hangs', 'setInterval(() => {}, 1000)'), signal: controller.signal });
  setTimeout(() => controller.abort(), 100);
  await expect(running).rejects.toMatchObject({ code: 'aborted' });
});

test('cancel is told to the worker', async () => {
  const job = startJob(worker('waits', 'setInterval(() => {}, 1000)'));
  job.cancel();
  await expect(job.result).rejects.toMatchObject({
    code: 'worker-crashed',
    message: expect.stringContaining('code 0'),
  });
});

test('a job in the background gives way to others, one that is waited for does not', async () => {
  const options = worker(
    'priority',
    `setTimeout(async () => {
       const { getPriority } = await import('node:os');
       say({ type: 'result', result: { logits: [getPriority()], shape: [] } });
       process.disconnect();
     }, 100);`,
  );
  const own = getPriority();
  expect((await runJob(options)).logits).toEqual([own]);
  expect((await runJob({ ...options, background: true })).logits[0]).toBeGreaterThan(own);
});
