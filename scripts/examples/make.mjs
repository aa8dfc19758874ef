// `npm run examples:images`
import { runProgram } from '../program.mjs';

await runProgram('scripts/examples/make.ts');
