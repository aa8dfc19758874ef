/** What OFT and BOFT share: both turn the n inputs of W in blocks of b, so that b must divide n. */
import type { SettingsFault } from './types.ts';

interface BlockModule {
  name: string;
  m: number;
  n: number;
  kind?: string;
}

/** Every divisor of n from `least` to `most`, ascending. */
export const divisors = (n: number, least = 1, most = n): number[] =>
  Array.from({ length: Math.max(0, most - least + 1) }, (_, i) => least + i).filter((d) => n % d === 0);

/** `field` holds a number that must be one of `allowed`, divisors of n. Hugging Face PEFT would take another one in silence. */
export const notDivisor = (
  { name, m, n }: BlockModule,
  field: string,
  said: string,
  allowed: readonly number[],
): SettingsFault => ({
  code: 'block-size-not-divisor',
  message: `${said} does not divide the ${n} inputs of ${name} (${m}×${n}); ${allowed.length > 0 ? `${allowed.join(', ')} would` : 'no other does either'}.`,
  field,
  allowed,
});

/** PEFT refuses such modules: what was trained on one could not be used there. */
export const conv1dFaults = ({ name, kind }: BlockModule, title: string, field: string): SettingsFault[] =>
  kind === 'conv1d'
    ? [
        {
          code: 'transposed-weights',
          message: `${name} is a Conv1D module, on which Hugging Face PEFT has no ${title}; leave it out of the targets.`,
          field,
        },
      ]
    : [];
