/** Why an installed TensorFlow does not start, in one line, and what to do about it. */
import type { RankwiseError } from '../../base/errors.ts';
import { INSTALL, type Installation, unavailable } from './installed.ts';

interface Fault {
  when: RegExp;
  fix: string;
}

const again = (variant: Installation['variant']): string => `${INSTALL}${variant === 'cuda' ? ' --cuda' : ''}`;

const FAULTS: readonly Fault[] = [
  {
    when: /libtensorflow\w*\.so[.\d]*: cannot open shared object file/,
    fix: "TensorFlow's libraries are no longer where they were, perhaps because their Python environment is gone.",
  },
  {
    when: /undefined symbol|version `\w*TENSORFLOW/i,
    fix: 'TensorFlow was replaced by another version since.',
  },
  {
    when: /GLIBC(XX)?_[\d.]+' not found/,
    fix: 'This system has an older C or C++ library than the one that TensorFlow was built for.',
  },
  { when: /cannot find module|native addon module/i, fix: 'The installation is not whole.' },
  {
    when: /invalid ELF header|wrong ELF class|Exec format/i,
    fix: 'The binding was built for another kind of machine.',
  },
];

/** What to say of a TensorFlow other than the one that the binding was built for; undefined where it is the same but for the patch. */
export function versionFault(found: Installation, version: string): string | undefined {
  const minor = (text = '') => text.split('.').slice(0, 2).join('.');
  const expected = found.versions.tensorflow;
  return minor(expected) === minor(version)
    ? undefined
    : `It was installed with TensorFlow ${expected}, and loads ${version}.`;
}

/** The first line that says something, at most 300 characters: loaders print whole search paths. */
export const oneLine = (message: string): string =>
  (message.split('\n').find((line) => line.trim()) ?? '').slice(0, 300);

/** What to do about a message of the loader. */
export function fixFor(message: string, { variant }: Pick<Installation, 'variant'>): string {
  const known = FAULTS.find(({ when }) => when.test(message));
  return `${known ? `${known.fix} ` : ''}Run \`${again(variant)}\`: it replaces an installation that does not start.`;
}

export function loadFault(thrown: unknown, found: Installation): RankwiseError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return unavailable(`TensorFlow does not load: ${oneLine(message)}`, fixFor(message, found), thrown);
}
