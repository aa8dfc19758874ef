import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Two cores: more processes only wait for each other, and engine tests use both threads themselves.
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
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
        },
      },
    ],
  },
});
