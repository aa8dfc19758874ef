import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AdapterResult } from '../../../server/protocol/adapters.ts';
import type { InspectResult } from '../../../server/protocol/inspect.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { api } from './workbench.ts';

const finished = async (): Promise<RunRecord> =>
  (await api()).runs().find(({ state, name }) => state === 'finished' && name === 'tiny')!;

/** Runs a command and takes what each of its steps proposes. */
async function accepting(name: string, ...args: unknown[]): Promise<AdapterResult> {
  let settled = false;
  const result = Promise.resolve(
    vscode.commands.executeCommand<AdapterResult | undefined>(`rankwise.${name}`, ...args),
  );
  void result.finally(() => {
    settled = true;
  });
  for (let i = 0; i < 60 && !settled; i++) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    if (!settled) await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
  }
  const made = await result;
  assert.ok(made, `${name} made nothing`);
  return made;
}

const config = (folder: string, file = 'adapter_config.json') =>
  JSON.parse(readFileSync(path.join(folder, file), 'utf8'));

describe('a trained adapter', () => {
  after(() => vscode.commands.executeCommand('notifications.clearAll'));

  it('is merged into its model, beside the run', async () => {
    const { run } = await finished();
    const made = await accepting('mergeAdapter', { run });
    assert.deepEqual([made.path, made.exact], [`${run}-merged`, true]);
    assert.equal(config(made.path, 'config.json').dtype, 'float32');
    assert.ok(existsSync(path.join(made.path, 'model.safetensors')));
  });

  it('is merged again under another name', async () => {
    const { run } = await finished();
    assert.equal((await accepting('mergeAdapter', { run })).path, `${run}-merged-2`);
  });

  it('is exported from its folder', async () => {
    const { adapters } = await finished();
    const folder = adapters![0]!.path;
    const made = await accepting('exportAdapter', vscode.Uri.file(folder));
    assert.equal(made.path, `${folder}-peft`);
    assert.deepEqual(config(made.path), config(folder));
  });

  it('is composed with others, by weights', async () => {
    const { run, adapters } = await finished();
    const exported = vscode.Uri.file(`${adapters![0]!.path}-peft`);
    const made = await accepting('composeAdapters', undefined, [{ run }, exported]);
    assert.deepEqual([path.basename(made.path), made.exact], ['composed', true]);
    const { peft_type, r } = config(made.path);
    assert.deepEqual([peft_type, r], ['LORA', 8]);
  });

  it('is inspected, and compared with another one', async () => {
    const { run, adapters } = await finished();
    const show = (name: string, ...args: unknown[]) =>
      vscode.commands.executeCommand<InspectResult | undefined>(`rankwise.${name}`, ...args);
    const shown = await show('inspectAdapter', { run });
    assert.equal(shown?.adapters[0]?.recipe, path.join(run, 'recipe.peft'));
    assert.equal(shown.adapters[0].base.weights, 'same');
    const text = vscode.window.activeTextEditor?.document.getText() ?? '';
    assert.match(text, /with the weights that it was trained on/);
    const both = [adapters![0]!.path, `${adapters![0]!.path}-peft`].map((folder) => vscode.Uri.file(folder));
    const compared = await show('compareAdapters', both[0], both);
    assert.ok(compared!.comparison!.both.every(({ cosine }) => Math.abs(cosine! - 1) < 1e-6));
  });

  it('that is not there is said to be so, and nothing is made', async () => {
    const made = await vscode.commands.executeCommand('rankwise.mergeAdapter', { run: '/nowhere' });
    assert.equal(made, undefined);
  });
});
