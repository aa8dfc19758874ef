import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ToBudgetView } from '../../../server/protocol/budget-view.ts';
import { api, find, open, panelTabs, until } from './workbench.ts';

type Held = Extract<ToBudgetView, { type: 'comparison' }>;

async function panel() {
  const { budgets } = await api();
  return until('the panel', () => budgets()[0]);
}
/** What the page holds, once it fits. */
async function held(what: string, fits: (held: Held['comparison']) => boolean = () => true) {
  const { budgets } = await api();
  return until(what, () => {
    const shown = budgets()[0]?.shown;
    return shown?.type === 'comparison' && fits(shown.comparison) ? shown.comparison : undefined;
  });
}
const present = ({ rows }: Held['comparison']) => rows.find((row) => row.present);

describe('the budget panel', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const { budgets } = await api();
    await until('the panel to close', () => budgets().length === 0);
  });

  it('is opened from a recipe, once, with every method; the recipe’s own row is marked', async () => {
    const { document } = await open('tiny.peft');
    await vscode.commands.executeCommand('rankwise.compareMethods', document.uri.toString());
    await vscode.commands.executeCommand('rankwise.compareMethods');
    const { rows, architecture } = await held('the comparison');
    assert.equal(panelTabs('rankwise.budget').length, 1);
    assert.equal(architecture, 'LlamaForCausalLM');
    const methods = new Set(rows.map(({ method }) => method));
    for (const method of ['lora', 'dora', 'svft', 'vera', 'full']) assert.ok(methods.has(method), method);
    assert.deepEqual(
      rows.filter((row) => row.present).map(({ method, rank }) => [method, rank]),
      [['lora', 4]],
    );
  });

  it('follows the text of the recipe, its faults too', async () => {
    const { document } = await open('tiny.peft');
    await vscode.commands.executeCommand('rankwise.compareMethods', document.uri);
    await held('the comparison');
    const write = async (from: string, to: string) => {
      const edit = new vscode.WorkspaceEdit();
      const start = find(document, from, 0);
      edit.replace(document.uri, new vscode.Range(start, start.translate(0, from.length)), to);
      await vscode.workspace.applyEdit(edit);
    };
    await write('rank: 4', 'rank: 8');
    await held('rank 8', (comparison) => present(comparison)?.rank === 8);
    await write('models/tiny-llama', 'models/nowhere');
    const { budgets } = await api();
    await until('the findings', () => {
      const shown = budgets()[0]?.shown;
      return shown?.type === 'findings' && shown.diagnostics.some(({ message }) => message.includes('nowhere'));
    });
  });

  it('writes a row into the recipe, which can be undone; and refuses what cannot be', async () => {
    const { document } = await open('tiny.peft');
    const before = document.getText();
    await vscode.commands.executeCommand('rankwise.compareMethods', document.uri);
    await held('the comparison');
    const view = await panel();
    await view.receive({ type: 'use', entry: 7, row: { method: 'dora', form: '', rank: 2 } });
    assert.equal(view.shown?.type, 'refused');
    assert.equal(document.getText(), before);

    await view.receive({ type: 'use', entry: 0, row: { method: 'dora', form: '', rank: 2 } });
    assert.match(document.getText(), /method: dora\b[\s\S]*rank: 2\b/);
    await held('the new row', (comparison) => present(comparison)?.method === 'dora');
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), before);
    await held('the old row', (comparison) => present(comparison)?.method === 'lora');
  });
});
