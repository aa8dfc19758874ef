// The Python with torch, transformers and peft that the tests in this folder run; without one they end with 2.
import { ensurePython } from '../../scripts/python.mjs';

function orEnd() {
  try {
    return ensurePython();
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

export const python = orEnd();
