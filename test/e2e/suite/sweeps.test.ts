import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, launch, until, workspaceFile } from './workbench.ts';

describe('a sweep', () => {
  before(async () => {
    const tiny = Buffer.from(await vscode.workspace.fs.readFile(workspaceFile('tiny.peft'))).toString();
    const sweep = 'sweep: { "adapters.0.rank": [2, 6], "training.max_steps": [5] }\n';
    await vscode.workspace.fs.writeFile(
      workspaceFile('grid.peft'),
      Buffer.from(tiny.replace('name: tiny', 'name: grid') + sweep),
    );
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.workspace.fs.delete(workspaceFile('grid.peft'));
  });

  it('is launched as a whole, and is one node of the tree with its points below', async () => {
    const { sweep } = await launch('grid.peft');
    assert.ok(sweep);
    const { tree } = await api();
    const node = { sweep: sweep.id };
    const text = async () => [
      tree.getTreeItem(node),
      ...(await tree.getChildren(node)).map((n) => tree.getTreeItem(n)),
    ];
    const items = await until('both points to finish', async () => {
      const [head, ...points] = await text();
      return String(head!.description).startsWith('2 of 2 finished · lowest loss') && [head!, ...points];
    });
    assert.deepEqual(
      items.map(({ label, contextValue }) => [label, contextValue]),
      [
        ['grid', 'sweep'],
        ['rank 2, max_steps 5', 'run.finished point adapter'],
        ['rank 6, max_steps 5', 'run.finished point adapter'],
      ],
    );
    for (const { description } of items.slice(1)) assert.match(String(description), /^loss [\d.]+$/);
    const groups = await tree.getChildren();
    const finished = groups.find((group) => 'group' in group && group.group === 'finished');
    const listed = (await tree.getChildren(finished)).filter((each) => 'sweep' in each);
    assert.deepEqual(listed, [node]);
  });
});
