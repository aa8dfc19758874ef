/** What the extension host calls: runs the suite with mocha and fails when a test did. Bundled into one file before. */
import Mocha from 'mocha';

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, slow: 5_000, color: true });
  mocha.suite.emit('pre-require', globalThis, 'suite', mocha);
  await import('./language.test.ts');
  await import('./runs.test.ts');
  await import('./interruption.test.ts');
  await new Promise<void>((done, fail) => {
    mocha.run((failures) => (failures > 0 ? fail(new Error(`${failures} tests failed`)) : done()));
  });
}
