import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandNames } from '../../../client/commands/names.ts';
import { linalgKernels } from '../../../server/engine/linalg/types.ts';
import { backendNames } from '../../../server/protocol/backends.ts';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const strings: Record<string, string> = JSON.parse(readFileSync('package.nls.json', 'utf8'));
const { contributes } = manifest;

/** Every string of the manifest with its path. */
function texts(value: unknown, path: string): [path: string, text: string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, `${path}.${key}`));
}
const all = [...texts(contributes, 'contributes'), ...texts(manifest.capabilities, 'capabilities')];

describe('package.json', () => {
  it('contributes exactly the commands that the code registers', () => {
    const contributed = contributes.commands.map(({ command }: { command: string }) => command);
    expect(contributed.sort()).toEqual(commandNames.map((name) => `rankwise.${name}`).sort());
  });

  it('has a walkthrough of steps that exist: their pages, and the commands that complete them', () => {
    const [{ steps }] = contributes.walkthroughs;
    const known = commandNames.map((name) => `onCommand:rankwise.${name}`);
    for (const { media, completionEvents } of steps) {
      expect(existsSync(media.markdown)).toBe(true);
      for (const event of completionEvents) expect(known).toContain(event);
    }
  });

  it('has menus, welcome texts and keys for commands that exist only', () => {
    const known = new Set(commandNames.map((name) => `rankwise.${name}`));
    const used = all.filter(([path]) => path.endsWith('.command')).map(([, id]) => id);
    const linked = Object.values(strings).flatMap((text) => [...text.matchAll(/command:(rankwise\.\w+)/g)]);
    for (const id of [...used, ...linked.map((match) => match[1]!)]) expect(known).toContain(id);
  });

  it('takes every text that people read from package.nls.json', () => {
    const read = /\.(title|category|name|description|markdownDescription|contents)$/;
    for (const [path, text] of all) if (read.test(path)) expect(text, path).toMatch(/^%.+%$/);
  });

  it('uses every string of package.nls.json and misses none', () => {
    const used = all.flatMap(([, text]) => /^%(.+)%$/.exec(text)?.[1] ?? []);
    expect([...new Set(used)].sort()).toEqual(Object.keys(strings).sort());
  });

  it('refers to files that are there', () => {
    const files = all.map(([, text]) => text).filter((text) => text.startsWith('./'));
    for (const file of [...files, manifest.icon]) expect(existsSync(file), file).toBe(true);
  });

  it('is there in every window once the editor has started, for word of runs, and searches no folder before', () => {
    const events: string[] = manifest.activationEvents;
    expect(events).toContain('onStartupFinished');
    expect(events.filter((event) => event === '*' || event.startsWith('workspaceContains'))).toEqual([]);
  });

  describe('the menu of a line of the tree', () => {
    type Item = { command: string; when: string; group: string };
    const items: Item[] = contributes.menus['view/item/context'];
    /** What is offered where `viewItem` is this, in a trusted folder on this machine. */
    const offered = (viewItem: string) =>
      items.filter(({ when }) => {
        const [, pattern] = /viewItem =~ \/(.+?)\/( &&|$)/.exec(when)!;
        return new RegExp(pattern!).test(viewItem);
      });
    const names = (viewItem: string, group: string) =>
      offered(viewItem).flatMap((item) =>
        item.group.startsWith(group) ? [item.command.slice('rankwise.'.length)] : [],
      );
    const states = ['queued', 'running', 'finished', 'failed', 'cancelled', 'interrupted', 'missing'];
    const every = [
      '',
      ' starred',
      ' archived',
      ' starred archived point',
      ' imported bare',
      ' imported adapter',
    ].flatMap((words) => [
      ...states.map((state) => `run.${state}${words}`),
      ...['', ' active', ' resumable', ' resumable failed', ' active resumable failed'].map(
        (is) => `sweep${is}${words}`,
      ),
    ]);

    it.each(every)('has at most three icons and each command once: %s', (viewItem) => {
      const inline = names(viewItem, 'inline');
      expect(inline.length).toBeLessThanOrEqual(3);
      expect(new Set(inline).size).toBe(inline.length);
      const listed = offered(viewItem).filter(({ group }) => group !== 'inline' && !group.startsWith('inline'));
      expect(new Set(listed.map(({ command }) => command)).size).toBe(listed.length);
    });

    it('fits the line', () => {
      expect(names('run.finished starred', 'inline')).toEqual(['openRunDirectory', 'unstarRuns']);
      expect(names('run.failed', 'inline')).toEqual(['resume', 'starRuns']);
      expect(names('run.finished', '3_keep')).toEqual(['starRuns', 'tagRuns', 'renameRuns', 'archiveRuns']);
      expect(names('run.running archived', '3_keep')).toEqual(['starRuns', 'tagRuns', 'renameRuns', 'unarchiveRuns']);
      expect(names('run.failed starred point', '3_keep')).toEqual(['unstarRuns', 'tagRuns', 'renameRuns']);
      expect(names('run.missing', '2_go')).toEqual(['openRunRecipe']);
      expect(names('run.finished imported', '2_go')).not.toContain('compareRecipe');
      expect(names('sweep resumable failed', '9_delete')).toEqual(['deleteRuns']);
      const ofWeights = [
        'showSpectrum',
        'inspectAdapter',
        'playground',
        'exportAdapter',
        'mergeAdapter',
        'composeAdapters',
      ];
      const about = (viewItem: string) =>
        ofWeights.filter((name) => [...names(viewItem, '1_'), ...names(viewItem, '5_')].includes(name));
      expect(about('run.finished adapter')).toEqual(ofWeights);
      expect(about('run.finished imported adapter')).toEqual(ofWeights);
      expect(about('run.finished imported bare')).toEqual([]);
      // A whole model that was trained is no adapter.
      expect(about('run.finished starred')).toEqual(['showSpectrum', 'playground']);
      expect(names('sweep active', '1_show')).toEqual(['openRunsTogether', 'compareRuns']);
      for (const other of ['group', 'more']) expect(offered(other)).toEqual([]);
    });
  });

  it('computes nothing without trust', () => {
    const making = ['mergeAdapter', 'exportAdapter', 'composeAdapters'];
    const starting = ['run', 'resume', 'showSpectrum', ...making].map((name) => `rankwise.${name}`);
    for (const { command, enablement } of contributes.commands)
      if (starting.includes(command)) expect(enablement, command).toContain('isWorkspaceTrusted');
  });

  it('lets no workspace choose executables or folders', () => {
    const { properties } = contributes.configuration;
    for (const name of manifest.capabilities.untrustedWorkspaces.restrictedConfigurations)
      expect(properties[name].scope, name).toBe('machine');
  });

  it('offers the backends that there are, each described', () => {
    const { enum: values, markdownEnumDescriptions: described } =
      contributes.configuration.properties['rankwise.backend'];
    expect(values).toEqual(['auto', ...backendNames]);
    expect(described).toHaveLength(values.length);
  });

  it('offers the kernels that there are, each described', () => {
    const { enum: values, markdownEnumDescriptions: described } =
      contributes.configuration.properties['rankwise.linalg'];
    expect(values).toEqual(['auto', ...linalgKernels]);
    expect(described).toHaveLength(values.length);
  });

  it('shows a 128 px icon', () => {
    const png = readFileSync(manifest.icon);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([128, 128]);
  });
});
