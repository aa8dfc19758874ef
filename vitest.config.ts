import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** Rooms whose tests compute: an engine is started once in a process, with the backend and the threads that a file wants. */
const computing = ['adapters', 'engine', 'factors', 'jobs', 'models', 'training'].map(
  (room) => `test/unit/${room}/**/*.test.ts`,
);
/** Files elsewhere that replace a module, which others in their process would get, too. */
const replacing = readdirSync('test/unit', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => path.posix.join('test/unit', name.replaceAll(path.sep, '/')))
  .filter((file) => readFileSync(file, 'utf8').includes('vi.mock('));
const alone = [...new Set([...computing, ...replacing])];

/** A worker that a test waits for starts late on a busy machine. */
const expect = { poll: { timeout: 20_000 } };

export default defineConfig({
  test: {
    // Two cores: more processes only wait for each other, and engine tests use both threads themselves.
    maxWorkers: 2,
    projects: [
      // Most files share two processes: to import the same modules for each of them anew takes longer than their tests do.
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: alone,
          isolate: false,
          setupFiles: 'test/unit/leave-clean.ts',
          testTimeout: 60_000,
          expect,
        },
      },
      { test: { name: 'unit-alone', include: alone, testTimeout: 60_000, expect } },
      {
        test: {
          name: 'tensorflow',
          // Its own tests, and those of tensors that hold on any backend.
          include: [
            'test/tensorflow/**/*.test.ts',
            'test/unit/engine/{ops,gradients}.test.ts',
            'test/unit/models/reference.test.ts',
            'test/unit/adapters/*.test.ts',
            'test/unit/training/{assemble,generate,traces}.test.ts',
          ],
          // 300 derivatives by differences, a minute and a half: the traces of all methods say here that they are right.
          exclude: ['test/unit/adapters/methods.test.ts'],
          setupFiles: 'test/tensorflow/setup.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          expect,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: 'test/integration/build.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          expect,
        },
      },
    ],
  },
});
