/** What the extension host calls: runs the suite with mocha and fails when a test did. Bundled into one file before. */
import Mocha from 'mocha';
import { connectDaemon } from '../../../server/wire/connect.ts';
import { version } from '../../../server/wire/version.ts';

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, slow: 5_000, color: true });
  mocha.suite.emit('pre-require', globalThis, 'suite', mocha);
  await import('./language.test.ts');
  await import('./navigation.test.ts');
  await import('./exchange.test.ts');
  await import('./runs.test.ts');
  await import('./sweeps.test.ts');
  await import('./library.test.ts');
  await import('./adapters.test.ts');
  await import('./spectrum.test.ts');
  await import('./budget.test.ts');
  await import('./comparison.test.ts');
  await import('./interruption.test.ts');
  await import('./together.test.ts');
  const failures = await new Promise<number>((done) => mocha.run(done));
  await stopDaemon();
  if (failures > 0) throw new Error(`${failures} tests failed`);
}

/** It would outlive the window, as it should, and then the whole test. */
async function stopDaemon(): Promise<void> {
  const connection = await connectDaemon({ version }).catch(() => undefined);
  await connection?.request('shutdown', { force: true });
}
