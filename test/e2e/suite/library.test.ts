import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, tree, until, workspaceFile } from './workbench.ts';

describe('order among runs', () => {
  const command = <T>(name: string, ...args: unknown[]) =>
    vscode.commands.executeCommand<T>(`rankwise.${name}`, ...args);
  const finished = async () => (await tree()).Finished ?? [];
  let run: string;
  let node: { run: string };

  before(async () => {
    const found = (await api()).runs().find(({ name, state }) => name === 'tiny' && state === 'finished');
    run = found!.run;
    node = { run };
  });
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('stars a run, which is first of its group then, and archives it', async () => {
    await command('starRuns', node, [node]);
    assert.match((await finished())[0]!, /^★ tiny/);
    await command('archiveRuns', node);
    assert.match((await tree()).Archived![0]!, /^★ tiny/);
    await command('unarchiveRuns', node);
    await command('unstarRuns', node);
    assert.ok((await finished()).some((label) => label.startsWith('tiny')));
  });

  it('shows what a query finds, until it is cleared', async () => {
    const before = await tree();
    assert.equal(await command('filterRuns', 'tiny is:starred'), 'tiny is:starred');
    assert.deepEqual(await tree(), {});
    await command('filterRuns', 'state:finished tiny');
    assert.deepEqual(Object.keys(await tree()), ['Finished']);
    await command('clearRunFilter');
    assert.deepEqual(await tree(), before);
  });

  it('compares what a run was started from with its recipe now, defaults filled in on both sides', async () => {
    const recipe = workspaceFile('tiny.peft');
    const same = await command<{ then: string; now: string }>('compareRecipe', node);
    assert.equal(same.now, same.then);
    const text = Buffer.from(await vscode.workspace.fs.readFile(recipe)).toString();
    try {
      await vscode.workspace.fs.writeFile(recipe, Buffer.from(text.replace('rank: 4', 'rank: 2')));
      await until('the change to be noticed', async () => {
        const { then, now } = await command<{ then: string; now: string }>('compareRecipe', node);
        const lines = now.split('\n');
        const changed = then.split('\n').filter((line, i) => line !== lines[i]);
        return changed.length === 1 && changed[0]!.includes('rank: 4');
      });
      const { input } = vscode.window.tabGroups.activeTabGroup.activeTab!;
      assert.ok(input instanceof vscode.TabInputTextDiff);
      assert.equal(input.original.fsPath, vscode.Uri.joinPath(vscode.Uri.file(run), 'recipe.peft').fsPath);
    } finally {
      await vscode.workspace.fs.writeFile(recipe, Buffer.from(text));
    }
  });

  it('copies where a run is, and the code that loads it', async () => {
    await command('copyRunPath', node);
    assert.equal(await vscode.env.clipboard.readText(), run);
    await command('copyLoadingCode', node);
    const code = await vscode.env.clipboard.readText();
    assert.ok(code.includes('PeftModel.from_pretrained(model, '), code);
  });
});
