import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { open, until, workspaceFile } from './workbench.ts';

describe('recipes from and for other tools', () => {
  it('imports an adapter of PEFT as a recipe that is still to be saved, beside the file', async () => {
    const file = workspaceFile('adapters/sst2/adapter_config.json');
    mkdirSync(path.dirname(file.fsPath), { recursive: true });
    const config = { peft_type: 'LORA', r: 4, lora_alpha: 4, target_modules: ['q_proj'], task_type: 'CAUSAL_LM' };
    const base = '../../models/tiny-llama';
    writeFileSync(file.fsPath, JSON.stringify({ ...config, base_model_name_or_path: base }));
    const document = await vscode.commands.executeCommand<vscode.TextDocument>('rankwise.importRecipe', file);
    assert.equal(document.languageId, 'peft');
    assert.equal(document.uri.scheme, 'untitled');
    assert.equal(document.uri.fsPath, workspaceFile('adapters/sst2/sst2.peft').fsPath);
    assert.match(document.getText(), /rank: 4/);
    // Counted on the model, which the path beside the file leads to.
    await until('its count', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
        10,
      );
      return lenses.some(({ command }) => command?.title.includes('trainable'));
    });
    assert.deepEqual(
      vscode.languages
        .getDiagnostics(document.uri)
        .filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error),
      [],
    );
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('copies a recipe as Python for PEFT', async () => {
    await open('tiny.peft');
    const code = await vscode.commands.executeCommand<string>('rankwise.copyPython', workspaceFile('tiny.peft'));
    assert.match(code, /^config = LoraConfig\(/m);
    assert.equal(await vscode.env.clipboard.readText(), code);
  });

  it('offers whole recipes in an empty file', async () => {
    const document = await vscode.workspace.openTextDocument({ language: 'peft', content: '' });
    await vscode.window.showTextDocument(document);
    const list = await until('the recipes', async () => {
      const found = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        new vscode.Position(0, 0),
      );
      return found.items.some(({ label }) => labelOf(label) === 'svft recipe') && found;
    });
    const item = list.items.find(({ label }) => labelOf(label) === 'lora recipe')!;
    assert.ok(item.insertText instanceof vscode.SnippetString);
    await vscode.window.activeTextEditor!.insertSnippet(item.insertText, new vscode.Position(0, 0));
    assert.match(document.getText(), /adapters:\n {2}- method: lora\n {4}rank: 4/);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});

const labelOf = (label: string | vscode.CompletionItemLabel): string =>
  typeof label === 'string' ? label : label.label;
