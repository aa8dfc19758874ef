/** Questions before something goes away. */
import { createInterface } from 'node:readline/promises';
import { usageError } from '../command.ts';

/** True with `yes`, or where a person at the terminal agrees. Errors: `usage` where nobody can be asked. */
export async function confirmed(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY)
    throw usageError('Nobody can be asked here whether that is meant.', '--yes says that it is.');
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    // The end of the input is no agreement.
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    return /^y(es)?$/i.test((await Promise.race([lines.question(`${question} [y/N] `), closed])).trim());
  } finally {
    lines.close();
  }
}
