/** A home, a runtime directory and recipes of their own for one test file; the real CLI, daemon and workers from dist/. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import { Random } from '../../server/base/random.ts';
import type { RunEvent } from '../../server/protocol/events.ts';
import type { RunRecord } from '../../server/protocol/runs.ts';
import { type ConnectOptions, connectDaemon } from '../../server/wire/connect.ts';
import type { DaemonConnection } from '../../server/wire/connection.ts';
import { version } from '../../server/wire/version.ts';

const root = path.join(import.meta.dirname, '../..');
export const bundle = (name: string): string => path.join(root, 'dist', `${name}.js`);
export const fixture = (...parts: string[]): string => path.join(root, 'test/fixtures', ...parts);
export const tinyLlama = fixture('tiny/llama');

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export class Rig {
  /** Short, because sockets have short paths. */
  readonly root = mkdtempSync(path.join(tmpdir(), 'rwi-'));
  readonly home = path.join(this.root, 'home');
  readonly env: NodeJS.ProcessEnv;
  private readonly children = new Set<ChildProcess>();
  private readonly connections = new Set<DaemonConnection>();

  constructor(more: NodeJS.ProcessEnv = {}) {
    const runtime = path.join(this.root, 'rt');
    mkdirSync(runtime, { mode: 0o700 });
    this.env = { ...process.env, RANKWISE_HOME: this.home, XDG_RUNTIME_DIR: runtime, NO_COLOR: '1', ...more };
  }

  file(name: string, content: string | Buffer): string {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  /** A recipe over the tiny Llama and tokens that a seed gives; `training` and the rest override. */
  recipe(name: string, { training = {}, ...more }: { training?: object; [section: string]: unknown } = {}): string {
    const random = Random.seeded(7, 'rows');
    const rows = Array.from({ length: 40 }, () => {
      const ids = Array.from({ length: 6 + random.below(6) }, () => 1 + random.below(250));
      return JSON.stringify({ input_ids: ids, labels: ids, attention_mask: ids.map(() => 1) });
    });
    this.file('train.jsonl', `${rows.join('\n')}\n`);
    const recipe = {
      version: 1,
      model: { path: tinyLlama, task: 'causal-lm' },
      adapters: [{ method: 'lora', rank: 4, dropout: 0.1, target_modules: ['q_proj', 'v_proj'] }],
      data: { train: 'train.jsonl' },
      training: { max_steps: 20, batch_size: 4, save_steps: 5, ...training },
      output: 'runs',
      ...more,
    };
    return this.file(`${name}.peft`, stringify(recipe));
  }

  /** Runs the command to its end. */
  cli(...args: string[]): Promise<CliResult> {
    return new Promise((resolve) => {
      const options = { env: this.env, cwd: this.root, maxBuffer: 2 ** 26, timeout: 100_000 };
      execFile(process.execPath, [bundle('cli'), ...args], options, (error, stdout, stderr) =>
        resolve({ code: error ? ((error.code as unknown as number) ?? null) : 0, stdout, stderr }),
      );
    });
  }

  /** Runs a command with --json that must succeed, and gives its value. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.cli(...args, '--json');
    if (code !== 0) throw new Error(`rankwise ${args.join(' ')} exited with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** `rankwise run RECIPE`, or another command with a run's events, which must finish: its events and the last of them. */
  async finish(...args: string[]): Promise<{ events: RunEvent[]; finished: Extract<RunEvent, { event: 'finished' }> }> {
    const { code, stdout, stderr } = await this.cli(...args, '--json');
    const events = lines(stdout);
    const finished = events.at(-1);
    if (code !== 0 || finished?.event !== 'finished')
      throw new Error(`rankwise ${args.join(' ')} exited with ${code}: ${stderr}`);
    return { events, finished };
  }

  /** Logits of `rankwise forward MODEL …` on a file, flat; `outputs`: their last axis. */
  async forward(input: string, ...model: string[]): Promise<{ logits: number[]; outputs: number }> {
    const found = await this.json<{ shape: number[]; logits: unknown[] }>('forward', ...model, '--input', input);
    return { logits: found.logits.flat(2) as number[], outputs: found.shape.at(-1)! };
  }

  /** Starts `rankwise run RECIPE --json`; `events` grows, `until` waits for one. */
  start(...args: string[]) {
    const child = spawn(process.execPath, [bundle('cli'), ...args, '--json'], { env: this.env, cwd: this.root });
    this.children.add(child);
    const events: RunEvent[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line) as RunEvent));
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      stderr += part;
    });
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
    const until = async (wanted: (event: RunEvent) => boolean) => {
      await eventually(() => events.some(wanted) || child.exitCode !== null);
      if (!events.some(wanted)) throw new Error(`it ended before that: ${stderr}`);
    };
    return { child, events, until, exit, stderr: () => stderr };
  }

  async connect(more: Partial<ConnectOptions> = {}): Promise<DaemonConnection> {
    const options = { version, spawn: true, daemonScript: bundle('daemon'), env: this.env, ...more };
    const connection = await connectDaemon(options);
    this.connections.add(connection);
    return connection;
  }

  /** Ends the daemon as a power cut would. */
  async killDaemon(): Promise<void> {
    const { pid } = await this.json<{ pid: number }>('daemon', 'status');
    process.kill(pid, 'SIGKILL');
    await eventually(() => !lives(pid));
  }

  async runs(): Promise<RunRecord[]> {
    return (await this.json<{ runs: RunRecord[] }>('runs')).runs;
  }

  /** Waits until a run is in a state. */
  async state(run: string, ...states: RunRecord['state'][]): Promise<RunRecord> {
    const passing: RunRecord['state'][] = ['queued', 'running'];
    await eventually(() => states.includes(record(run).state) || !passing.includes(record(run).state));
    const now = record(run);
    if (!states.includes(now.state)) throw new Error(`${run} is ${now.state}: ${now.error?.message}`);
    return now;
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.close();
    for (const child of this.children) child.kill('SIGKILL');
    await this.cli('daemon', 'stop', '--force');
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const record = (run: string): RunRecord => JSON.parse(readFileSync(path.join(run, 'run.json'), 'utf8'));

const lines = (text: string): RunEvent[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent);

export const events = (run: string): RunEvent[] => lines(readFileSync(path.join(run, 'metrics.jsonl'), 'utf8'));

/** Every file of a folder with its bytes. */
export const bytesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(path.join(folder, name)).toString('base64')]),
  );

export async function eventually(check: () => boolean, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!attempt(check)) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Files may not be there yet, or be just replaced. */
function attempt(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

export function lives(pid: number): boolean {
  try {
    // A zombie counts as dead: nobody reaps the orphans of a test's container.
    if (process.platform === 'linux') return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
