/** Runs before each test file of the project `tensorflow`: suites that start the engine without naming a backend get this one. */
import { startEngine } from '../../server/engine/index.ts';
import { installed } from './installed.ts';

await startEngine({ backend: 'tensorflow', installed, threads: 2 });
