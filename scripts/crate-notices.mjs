// The licences of the Rust crates that the kernel is linked from, read from their sources.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** @param {string} crate its folder @returns {string} Markdown */
export function crateNotices(crate) {
  const { stdout } = spawnSync('cargo', ['metadata', '--format-version', '1', '--locked', '--all-features'], {
    cwd: crate,
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
  const { packages, resolve } = JSON.parse(stdout);
  const byId = new Map(packages.map((each) => [each.id, each]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  // What is linked: dependencies of kind "normal"; macros and build scripts run on the machine that builds.
  const linked = new Set();
  const visit = (id) => {
    if (linked.has(id) || byId.get(id).targets.some(({ kind }) => kind.includes('proc-macro'))) return;
    linked.add(id);
    for (const { pkg, dep_kinds } of nodes.get(id).deps) if (dep_kinds.some(({ kind }) => kind === null)) visit(pkg);
  };
  visit(resolve.root);
  linked.delete(resolve.root);
  const parts = [...linked]
    .map((id) => byId.get(id))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, license, authors, manifest_path }) => {
      const folder = path.dirname(manifest_path);
      const files = readdirSync(folder).filter((entry) => /^(licen[cs]e|copying)/i.test(entry));
      const file = files.find((entry) => /mit/i.test(entry)) ?? files[0];
      const text = file
        ? readFileSync(path.join(folder, file), 'utf8')
        : `Copyright ${authors.join(', ') || `the authors of ${name}`}. Licence: ${license}.`;
      return `## ${name} ${version} (${license})\n\n\`\`\`\n${text.replaceAll('\r', '').trim()}\n\`\`\`\n`;
    });
  return parts.join('\n');
}
