import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { FromSpectrumView } from '../../../server/protocol/spectrum-view.ts';
import { api, open, panelTabs, until, workspaceFile } from './workbench.ts';

const show = (argument: unknown) => vscode.commands.executeCommand('rankwise.showSpectrum', argument);
const matrix = 'model.layers.1.self_attn.q_proj';

/** The one open panel, once its spectrum is complete. */
async function complete() {
  const { spectra } = await api();
  const panel = await until('the panel', () => spectra()[0]);
  const [subject] = await until('the spectrum', () => panel.progress[0]?.ended && panel.progress);
  return { panel, subject: subject! };
}
const close = async () => {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  const { spectra } = await api();
  await until('the panels to close', () => spectra().length === 0);
};
/** The tiny model has 14 matrices: seven in each of two layers; the head and the embedding come besides. */
const enough = 14;

/** The first to be picked: other tests have runs of this model, too. */
const newest = async () => (await api()).runs().find(({ state }) => state === 'finished')!.name;

describe('a spectrum', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await close();
  });

  it('is opened from a recipe, once, and comes in whole', async () => {
    await open('tiny.peft');
    await show(workspaceFile('tiny.peft'));
    await show(undefined);
    const { subject } = await complete();
    assert.equal(panelTabs('rankwise.spectrum').length, 1);
    assert.equal(subject.model, workspaceFile('models/tiny-llama').fsPath);
    assert.ok(subject.items > enough, `${subject.items} items`);
  });

  it('writes a rank into the recipe, which can be undone; and refuses what cannot be', async () => {
    const { document } = await open('tiny.peft');
    const before = document.getText();
    await show(document.uri);
    const { panel } = await complete();
    const use: FromSpectrumView = { type: 'useRank', matrix, rank: 2 };
    await panel.receive({ ...use, rank: 65 });
    await panel.receive({ ...use, matrix: 'model.norm' });
    assert.equal(document.getText(), before);

    await panel.receive(use);
    const after = document.getText();
    assert.equal(after, before.replace('rank: 4\n', `rank: 4\n    rank_pattern:\n      ${matrix}: 2\n`));
    const { document: shown, selection } = vscode.window.visibleTextEditors[0]!;
    assert.equal(shown.getText(selection).split('\n')[0], 'rank_pattern:');
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), before);
  });

  it('goes on with the next daemon, and starts again when asked', async () => {
    await open('tiny.peft');
    await show(workspaceFile('tiny.peft'));
    const { panel } = await complete();
    await vscode.commands.executeCommand('rankwise.restartDaemon');
    const before = panel.progress[0]!.items;
    await panel.receive({ type: 'restart', subject: 0 });
    await until('it to come again', () => panel.progress[0]!.items >= 2 * before && panel.progress[0]!.ended);
  });

  it('of a run has its adapter too', async () => {
    const record = (await api()).runs().find(({ state, name }) => state === 'finished' && name === 'tiny')!;
    await show({ run: record.run });
    const { subject } = await complete();
    assert.deepEqual([subject.adapter, subject.title], [record.adapters![0]!.path, 'tiny-llama + tiny']);
    assert.ok(subject.items > enough + 8, `${subject.items} items`);
  });

  it('is opened from the folder of a model', async () => {
    await show(workspaceFile('models/tiny-llama'));
    const { subject } = await complete();
    assert.equal(subject.title, 'tiny-llama');
  });

  it('lays a run over another model, and takes it away again', async () => {
    await show(workspaceFile('quickstart/model'));
    const { panel } = await complete();
    const asked = panel.receive({ type: 'compare' });
    await pickNext();
    await asked;
    await until('both spectra', () => panel.progress.length === 2 && panel.progress.every(({ ended }) => ended));
    assert.deepEqual(
      panel.progress.map(({ title }) => title),
      ['model', `tiny-llama + ${await newest()}`],
    );
    await panel.receive({ type: 'uncompare' });
    await until('the first one alone', () => panel.progress.length === 1 && panel.progress[0]!.ended);
  });

  it('of a base against its run is one of both', async () => {
    await show(workspaceFile('models/tiny-llama'));
    const { panel } = await complete();
    const asked = panel.receive({ type: 'compare' });
    await pickNext();
    await asked;
    await until('the spectra', () => panel.progress.every(({ ended }) => ended));
    assert.deepEqual(
      panel.progress.map(({ title }) => title),
      [`tiny-llama + ${await newest()}`],
    );
  });
});

/** The second row of the list that is about to open: the first one is for folders. */
async function pickNext(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await vscode.commands.executeCommand('workbench.action.quickOpenSelectNext');
  await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
}
