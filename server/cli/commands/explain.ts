import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RankwiseError } from '../../base/errors.ts';
import { nearest } from '../../base/suggest.ts';
import { command } from '../command.ts';

/** Beside the bundles, in the repository as in an installation. */
const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../docs/rules');

export const explain = command({
  name: 'explain',
  summary: 'What a finding about a recipe means, by its code, with examples.',
  positionals: ['CODE'],
  options: {},
  async run({ positionals: [given], io }) {
    const codes = readdirSync(folder)
      .filter((name) => name.endsWith('.md') && name !== 'README.md')
      .map((name) => path.parse(name).name);
    // As it is printed, too: error[rank-too-large].
    const code = given!.replace(/^\w*\[|\]$/g, '');
    if (!codes.includes(code)) throw unknownRule(code, codes);
    const text = readFileSync(path.join(folder, `${code}.md`), 'utf8');
    io.value({ code, text });
    io.say(text.trimEnd());
    return 0;
  },
});

function unknownRule(code: string, codes: readonly string[]): RankwiseError {
  const close = nearest(code, codes);
  const hint = close === undefined ? 'docs/rules/README.md lists them.' : `Did you mean \`${close}\`?`;
  return new RankwiseError('unknown-rule', `There is no page about "${code}".`, { hint });
}
