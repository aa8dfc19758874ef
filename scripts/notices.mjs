// The licences of what is bundled or shipped beside the bundles: read from the packages themselves, so that none is forgotten.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Of the native kernel; written when that is built. */
const crates = 'server/engine/linalg/kernel/prebuilt/notices.md';

/** Shipped as files, not as part of a bundle. */
const beside = ['onnxruntime-node', 'onnxruntime-common'];

/** @param {import('esbuild').Metafile[]} metafiles @returns {string} Markdown */
export function notices(metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = inputs.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  const packages = [...new Set([...folders, ...beside.map((name) => path.join('node_modules', name))])].map(describe);
  packages.sort((a, b) => (a.title < b.title ? -1 : 1));
  const parts = packages.map(
    ({ title, license, text }) => `## ${title} (${license})\n\n\`\`\`\n${text.trim()}\n\`\`\`\n`,
  );
  return `# Third-party notices\n\nRankwise contains the following packages.\n\n${parts.join('\n')}\n${readFileSync(crates, 'utf8')}`;
}

function describe(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const holder = typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`);
  const text =
    file && existsSync(path.join(folder, file))
      ? readFileSync(path.join(folder, file), 'utf8')
      : `Copyright ${holder}. Licence: ${license}.`;
  return { title: `${name} ${version}`, license, text };
}
