import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ToComparisonView } from '../../../server/protocol/comparison-view.ts';
import { api, find, launch, open, panelTabs, until, untilState } from './workbench.ts';

type Told = Extract<ToComparisonView, { type: 'runs' }>;

describe('the comparison of runs', () => {
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('opens once for selected runs, follows one that goes on, and writes its settings into the open recipe', async () => {
    const { document } = await open('tiny.peft');
    const before = document.getText();
    const [a, b] = [await launch('tiny.peft'), await launch('tiny.peft')];
    const nodes = [a, b].map(({ run }) => ({ run }));
    await vscode.commands.executeCommand('rankwise.compareRuns', nodes[0], nodes);
    await vscode.commands.executeCommand('rankwise.compareRuns', nodes[1], nodes);
    const { comparisons } = await api();
    const view = await until('the panel', () => comparisons()[0]);
    await until('its tab', () => panelTabs('rankwise.comparison').length === 1);
    const told = (fits: (runs: Told['runs']) => boolean) =>
      until('the runs', () => view.shown?.type === 'runs' && view.shown.runs.length === 2 && fits(view.shown.runs));
    await told((runs) => runs.some(({ state }) => state !== 'finished'));
    for (const { run } of [a, b]) await untilState(run, 'finished');
    await told((runs) => runs.every(({ scores, provisional, trainable }) => scores?.loss && !provisional && trainable));

    const rank = find(document, 'rank: 4', 0);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(rank, rank.translate(0, 7)), 'rank: 2');
    await vscode.workspace.applyEdit(edit);
    await view.receive({ type: 'use', run: b.run });
    assert.deepEqual(view.shown, { type: 'used', recipe: 'tiny.peft' });
    assert.equal(document.getText(), before);
    assert.equal(comparisons().length, 1);
    await view.receive({ type: 'openRun', run: a.run });
    await until('the panel of the run', () => panelTabs('rankwise.run').length > 0);
  });
});
