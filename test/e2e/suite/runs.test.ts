import assert from 'node:assert/strict';
import { openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { api, eventsOf, launch, open, panelTabs, tree, until, untilState } from './workbench.ts';

describe('a run', () => {
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('saves the recipe, is launched by the command, and is followed by the tree and a panel', async () => {
    const editor = await open('tiny.peft');
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '# edited\n'));
    const { run } = await launch('tiny.peft');
    assert.equal(editor.document.isDirty, false);
    await until('the panel', () => panelTabs().length === 1);
    await until('the tree to show the run', async () =>
      (await tree())['In Progress']?.some((l) => l.startsWith('tiny')),
    );
    await until('the tree to count steps', async () =>
      Object.values(await tree())
        .flat()
        .some((label) => /^tiny (step \d+\/60|loss)/.test(label)),
    );
    const record = await untilState(run, 'finished');
    assert.equal(record.step, 60);
    await until('the run to be listed as finished', async () =>
      (await tree()).Finished?.some((label) => label.startsWith('tiny loss')),
    );
  });

  it('is shown whole: the panel got every event that stands on disk, once', async () => {
    const [record] = (await api()).runs();
    const events = eventsOf(record!.run);
    assert.equal(events.filter(({ event }) => event === 'step').length, 60);
    const { panels } = await api();
    await until('the panel to have all events', () => panels()[record!.run] === events.length);
  });

  it('leaves an adapter that PEFT understands', async () => {
    const [record] = (await api()).runs();
    const folder = record!.adapters![0]!.path;
    const config = JSON.parse(readFileSync(path.join(folder, 'adapter_config.json'), 'utf8'));
    assert.deepEqual(
      [config.peft_type, config.r, config.lora_alpha, [...config.target_modules].sort()],
      ['LORA', 4, 8, ['q_proj', 'v_proj']],
    );
    const { __metadata__: _, ...tensors } = safetensorsHeader(path.join(folder, 'adapter_model.safetensors'));
    const count = Object.values(tensors).reduce((sum, { shape }) => sum + shape.reduce((p, d) => p * d, 1), 0);
    assert.equal(count, record!.result!.trainableParameters);
    assert.deepEqual(tensors['base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight']?.shape, [4, 64]);
  });

  it('learned something', async () => {
    const { result } = (await api()).runs()[0]!;
    assert.ok(result!.adapted!.loss < result!.base!.loss, JSON.stringify(result));
  });

  it('opens its panel once, however often it is asked for', async () => {
    const [record] = (await api()).runs();
    await vscode.commands.executeCommand('rankwise.showRun', { run: record!.run });
    await vscode.commands.executeCommand('rankwise.showRun', { run: record!.run });
    assert.equal(panelTabs().length, 1);
  });

  it('opens its recipe', async () => {
    const [record] = (await api()).runs();
    await vscode.commands.executeCommand('rankwise.openRunRecipe', { run: record!.run });
    assert.equal(vscode.window.activeTextEditor!.document.uri.fsPath, record!.recipe);
  });
});

type Header = Record<string, { dtype: string; shape: number[] }>;

/** Eight bytes of length, then JSON. */
function safetensorsHeader(file: string): Header {
  const fd = openSync(file, 'r');
  const size = Buffer.alloc(8);
  readSync(fd, size, 0, 8, 0);
  const json = Buffer.alloc(Number(size.readBigUInt64LE()));
  readSync(fd, json, 0, json.length, 8);
  return JSON.parse(json.toString()) as Header;
}
