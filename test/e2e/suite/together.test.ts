import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, until } from './workbench.ts';

describe('runs together', () => {
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('are laid over the first in its panel, each once', async () => {
    const rankwise = await api();
    const [own, ...others] = rankwise
      .runs()
      .filter(({ state }) => state === 'finished')
      .slice(0, 3);
    const nodes = [own!, ...others].map(({ run }) => ({ run }));
    await vscode.commands.executeCommand('rankwise.openRunsTogether', nodes[0], nodes);
    await vscode.commands.executeCommand('rankwise.openRunsTogether', nodes[0], nodes);
    const wanted = others.map(({ run }) => run).sort();
    assert.ok(wanted.length > 0);
    await until('the others are followed', () => rankwise.together()[own!.run]?.length === wanted.length);
    assert.deepEqual(rankwise.together()[own!.run]!.sort(), wanted);
  });
});
