// `npm run quickstart:make`
import { runProgram } from '../program.mjs';

await runProgram('scripts/quickstart/make.ts');
