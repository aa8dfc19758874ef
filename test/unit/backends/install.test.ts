/** Installing, with stand-ins for npm, Python and the compiler: what is checked is what people see when one of them is missing or fails. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { install } from '../../../server/backends/install.ts';
import { installers } from '../../../server/backends/registry.ts';
import type { InstallRequest } from '../../../server/backends/types.ts';
import type { BackendReport } from '../../../server/protocol/jobs.ts';

const tensorflow = installers.find(({ name }) => name === 'tensorflow')!;
const root = mkdtempSync(path.join(tmpdir(), 'rankwise-install-'));
afterAll(() => rmSync(root, { recursive: true }));

let home: string;
let bin: string;
beforeEach(() => {
  home = mkdtempSync(path.join(root, 'home-'));
  bin = path.join(home, 'bin');
  mkdirSync(bin);
  vi.stubEnv('PATH', bin);
  vi.stubEnv('CXX', '');
  program('npm', npm);
  program('python3', python());
  program('c++', compiler);
});
afterEach(() => vi.unstubAllEnvs());

function program(name: string, body: string): string {
  const file = path.join(bin, name);
  writeFileSync(file, `#!/bin/sh\nexport PATH=/usr/bin:/bin\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** Makes the folder of the last package but one that it is asked for. */
const npm = 'while [ "$1" != --prefix ]; do shift; done; mkdir -p "$2/node_modules/$(echo "$3" | sed "s/@[0-9.]*$//")"';
const compiler = 'while [ $# -gt 0 ]; do [ "$1" = -o ] && echo binding > "$2"; shift; done; true';

interface Stand {
  version?: string;
  pip?: boolean;
  /** A folder with TensorFlow. */
  tensorflow?: string;
  tensorflowVersion?: string;
  download?: string;
}
/** Answers what it is and has; `-m pip` makes what a wheel brings. */
const python = ({ version = '3, 11', pip = true, tensorflow, tensorflowVersion, download = wheel }: Stand = {}) => `
case "$2" in
  *sys.version_info*) echo '{"executable": "'"$0"'", "version": [${version}], "hasPip": ${pip}, "tensorflow": ${JSON.stringify(tensorflow ?? null)}, "tensorflowVersion": ${JSON.stringify(tensorflowVersion ?? null)}}' ;;
  pip) ${download} ;;
  venv) echo "No module named ensurepip" >&2; exit 1 ;;
  *) echo 2.21.0 ;;
esac`;
const wheel =
  'while [ "$1" != --target ]; do shift; done; mkdir -p "$2/tensorflow/include"; touch "$2/tensorflow/libtensorflow_cc.so.2" "$2/tensorflow/libtensorflow_framework.so.2"';

const starts: BackendReport = { name: 'tensorflow', available: true, version: '2.21.0 (cpu)' };

async function run(
  request: Partial<InstallRequest> = {},
  check: () => BackendReport = () => starts,
  installer = tensorflow,
) {
  const steps: string[] = [];
  const result = await install(installer, {
    home,
    request: { cuda: false, ...request },
    step: (text) => steps.push(text),
    note: () => {},
    check: async () => check(),
  });
  return { ...result, steps };
}
const fails = (request: Partial<InstallRequest> = {}) =>
  run(request).then(
    () => undefined,
    (error) => error,
  );
const folder = () => path.join(home, 'backends', 'tensorflow');
const inside = (...parts: string[]) => path.join(folder(), 'node_modules/@tensorflow/tfjs-node', ...parts);

describe.skipIf(process.platform !== 'linux')('on Linux, where alone it can be installed', () => {
  test('puts package, libraries and binding in place, says each step, and marks the whole', async () => {
    const { changed, steps } = await run();
    expect(changed).toBe(true);
    expect(steps.map((step) => step.split(' ')[0])).toEqual([
      'Looking',
      'Installing',
      'Downloading',
      'Compiling',
      'Starting',
    ]);
    expect(readFileSync(inside('lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('binding\n');
    expect(readdirSync(inside('deps/lib'))).toEqual(['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']);
    expect(JSON.parse(readFileSync(path.join(folder(), '.complete'), 'utf8'))).toMatchObject({
      variant: 'cpu',
      package: '@tensorflow/tfjs-node',
      versions: { tensorflow: '2.21.0', '@tensorflow/tfjs-node': '4.22.0' },
    });
    expect(readdirSync(folder())).not.toContain('wheels');
  });

  test('a second time nothing is done; with --cuda, or when it does not start, it is replaced', async () => {
    await run();
    expect(await run()).toMatchObject({ changed: false, steps: ['Starting what is installed'] });
    let asked = 0;
    const mended = await run({}, () => (asked++ === 0 ? { name: 'tensorflow', available: false } : starts));
    expect(mended.changed).toBe(true);
    expect((await run({ cuda: true })).changed).toBe(true);
    expect(existsSync(path.join(folder(), 'node_modules/@tensorflow/tfjs-node-gpu/lib'))).toBe(true);
  });

  test('what was there stays until the new one has started, and nothing half is left', async () => {
    await run();
    const broken = { name: 'tensorflow', available: false, reason: 'It crashed.', fix: 'Try this.' } as const;
    await expect(run({ cuda: true }, () => broken)).rejects.toMatchObject({
      code: 'backend-broken',
      hint: 'Try this.',
    });
    expect(existsSync(inside('lib/napi-v8/tfjs_binding.node'))).toBe(true);
    expect(readdirSync(path.join(home, 'backends'))).toEqual(['tensorflow']);
  });

  test('leftovers of an installation that was killed go', async () => {
    mkdirSync(path.join(home, 'backends/.installing-4194304'), { recursive: true });
    await run();
    expect(readdirSync(path.join(home, 'backends'))).toEqual(['tensorflow']);
  });

  test('TensorFlow of an environment is linked, not copied', async () => {
    const site = path.join(home, 'site-packages');
    for (const part of ['tensorflow/include', 'nvidia']) mkdirSync(path.join(site, part), { recursive: true });
    for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
      writeFileSync(path.join(site, 'tensorflow', name), name);
    const mine = program(
      'mine',
      python({ tensorflow: path.join(site, 'tensorflow'), tensorflowVersion: '2.21.3', download: 'exit 9' }),
    );
    await run({ python: mine });
    expect(readFileSync(inside('deps/lib/libtensorflow_cc.so.2'), 'utf8')).toBe('libtensorflow_cc.so.2');
    // Where TensorFlow's own search path finds CUDA: beside the folder of the library.
    expect(existsSync(inside('deps/nvidia'))).toBe(true);
    expect(existsSync(path.join(site, 'tensorflow/include'))).toBe(true);
    const record = JSON.parse(readFileSync(path.join(folder(), '.complete'), 'utf8'));
    expect(record).toMatchObject({ python: mine, versions: { tensorflow: '2.21.3' } });
  });

  test('a compiled binding spares the compiler', async () => {
    rmSync(path.join(bin, 'c++'));
    const binding = path.join(home, 'mine.node');
    writeFileSync(binding, 'mine');
    await run({ binding });
    expect(readFileSync(inside('lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('mine');
  });

  test.each<[string, () => void, object]>([
    ['npm is missing', () => rmSync(path.join(bin, 'npm')), { code: 'npm-missing' }],
    [
      'npm is offline',
      () => program('npm', 'echo "npm error code ENOTFOUND" >&2; exit 1'),
      { code: 'network', hint: /proxy/ },
    ],
    [
      'npm fails',
      () => program('npm', 'echo "npm error E404" >&2; exit 1'),
      { code: 'package-failed', message: /E404/ },
    ],
    ['Python is missing', () => rmSync(path.join(bin, 'python3')), { code: 'python-missing', hint: /--python/ }],
    [
      'Python is too new',
      () => program('python3', python({ version: '3, 99' })),
      { code: 'python-missing', message: /python3 is 3\.99/ },
    ],
    [
      'pip is missing',
      () => program('python3', python({ pip: false })),
      { code: 'pip-missing', message: /ensurepip/, hint: /apt install python3-pip/ },
    ],
    [
      'pip is offline',
      () => program('python3', python({ download: 'echo "Failed to establish a new connection" >&2; exit 1' })),
      { code: 'network' },
    ],
    [
      'there is no wheel',
      () => program('python3', python({ download: 'echo "ERROR: No matching distribution found" >&2; exit 1' })),
      { code: 'pip-failed', hint: /Python 3\.11/ },
    ],
    [
      'the disk is full',
      () => program('python3', python({ download: 'echo "OSError: [Errno 28] No space left on device" >&2; exit 1' })),
      { code: 'disk-full' },
    ],
    [
      'a compiler is missing',
      () => rmSync(path.join(bin, 'c++')),
      { code: 'compiler-missing', hint: /apt install g\+\+/ },
    ],
    [
      'compiling fails',
      () => program('c++', '[ "$1" = --version ] || { echo "x.cc:1: error: no C++17" >&2; exit 1; }'),
      { code: 'compile-failed', message: /error: no C\+\+17/, hint: /GCC/ },
    ],
  ])('when %s, it says so and leaves nothing', async (_, arrange, expected) => {
    arrange();
    const error = await fails();
    for (const [key, value] of Object.entries({ kind: 'runtime', hint: /./, ...expected })) {
      if (value instanceof RegExp) expect(error[key], key).toMatch(value);
      else expect(error[key], key).toBe(value);
    }
    expect(readdirSync(path.join(home, 'backends'))).toEqual([]);
  });

  test.each<[string, Partial<InstallRequest>, string]>([
    ['a Python that is none', { python: '/nowhere/python' }, 'python-missing'],
    ['a binding that is none', { binding: '/nowhere/x.node' }, 'binding-missing'],
  ])('%s is refused', async (_, request, code) => {
    expect(await fails(request)).toMatchObject({ code });
  });

  test('another TensorFlow in the environment is refused, with the line that mends it', async () => {
    const mine = program('mine', python({ tensorflow: '/x', tensorflowVersion: '2.20.0' }));
    const error = {
      code: 'tensorflow-version',
      message: expect.stringContaining('2.20.0'),
      hint: expect.stringContaining('pip install'),
    };
    expect(await fails({ python: mine })).toMatchObject(error);
  });

  test('too little room is said before anything is downloaded', async () => {
    const greedy = { ...tensorflow, bytesNeeded: () => 2 ** 60 };
    const error = {
      code: 'disk-full',
      message: expect.stringMatching(/needs .* TiB/),
      hint: expect.stringContaining('RANKWISE_HOME'),
    };
    await expect(run({}, undefined, greedy)).rejects.toMatchObject(error);
  });

  test('a home that cannot be written is said to be one', async () => {
    home = path.join(bin, 'npm');
    expect(await fails()).toMatchObject({ code: 'home-unwritable', file: home });
  });

  test('other platforms are told at once', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
    expect(await fails()).toMatchObject({ code: 'unsupported-platform', hint: expect.stringContaining('onnxruntime') });
    vi.restoreAllMocks();
    expect(existsSync(path.join(home, 'backends'))).toBe(false);
  });
});
