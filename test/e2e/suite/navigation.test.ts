import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { find, open, until, workspaceFile } from './workbench.ts';

const named = `version: 1
model:
  path: ./models/tiny-llama
  task: causal-lm
adapters:
  - name: heads
    method: lora
    target_modules: [q_proj, w_proj]
`;

async function openNamed(): Promise<vscode.TextDocument> {
  const uri = workspaceFile('named.peft');
  await vscode.workspace.fs.writeFile(uri, Buffer.from(named));
  const { document } = await open('named.peft');
  await until('the model', async () => (await tokens(document)).some(({ type }) => type === 'peftModule'));
  return document;
}

describe('from one place to another', () => {
  it('a target leads to its modules in the model outline', async () => {
    const document = await openNamed();
    const links = await vscode.commands.executeCommand<vscode.LocationLink[]>(
      'vscode.executeDefinitionProvider',
      document.uri,
      find(document, 'q_proj'),
    );
    assert.equal(links.length, 2);
    const outline = await vscode.workspace.openTextDocument(links[0]!.targetUri);
    assert.equal(outline.languageId, 'rankwise-model');
    const names = links.map(({ targetSelectionRange }) => outline.getText(targetSelectionRange));
    assert.deepEqual(names, ['model.layers.0.self_attn.q_proj', 'model.layers.1.self_attn.q_proj']);
    const line = outline.lineAt(links[0]!.targetSelectionRange!.start.line).text;
    assert.match(line, /heads: LoRA, rank 8/);
  });

  it('the outline follows the recipe, and opens by its command', async () => {
    const document = await openNamed();
    await vscode.commands.executeCommand('rankwise.showModelOutline');
    const outline = await until('the outline', () => {
      const shown = vscode.window.activeTextEditor?.document;
      return shown?.uri.scheme === 'rankwise-model' && shown;
    });
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, document.lineAt(6).range, '    method: lora\n    rank: 5');
    await vscode.workspace.applyEdit(edit);
    await until('the new rank in the outline', () => outline.getText().includes('rank 5'));
    await open('named.peft');
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  it('an adapter is renamed, and what is no name is refused', async () => {
    const document = await openNamed();
    const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit>(
      'vscode.executeDocumentRenameProvider',
      document.uri,
      find(document, 'heads'),
      'attention',
    );
    assert.deepEqual(
      edit.get(document.uri).map(({ newText }) => newText),
      ['attention'],
    );
    await assert.rejects(
      async () => vscode.commands.executeCommand('vscode.prepareRename', document.uri, find(document, 'q_proj')),
      /Only the `name`/,
    );
  });

  it('modules that the model has are coloured otherwise than those that it lacks', async () => {
    const document = await openNamed();
    const found = await tokens(document);
    const of = (text: string) => found.find((token) => token.text === text);
    assert.deepEqual(of('q_proj'), { text: 'q_proj', type: 'peftModule', modifiers: 0 });
    assert.deepEqual(of('w_proj'), { text: 'w_proj', type: 'peftModule', modifiers: 1 });
    assert.equal(of('lora')?.type, 'peftMethod');
    assert.equal(of('adapters')?.type, 'peftSection');
  });

  it('recipes and adapters are symbols of the workspace', async () => {
    await openNamed();
    const symbols = await until('the symbol', async () => {
      const found = await vscode.commands.executeCommand<vscode.SymbolInformation[]>(
        'vscode.executeWorkspaceSymbolProvider',
        'heads',
      );
      return found.length > 0 && found;
    });
    assert.equal(symbols[0]!.name, 'heads');
    assert.match(symbols[0]!.location.uri.path, /named\.peft$/);
    await vscode.workspace.fs.delete(workspaceFile('named.peft'));
  });
});

describe('adapter_config.json', () => {
  it('is checked against its fields and its base, and keeps the JSON support of the editor', async () => {
    const { document } = await open('adapter/adapter_config.json');
    assert.match(document.languageId, /^jsonc?$/);
    const found = await until('the findings', () => {
      const own = vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'rankwise');
      return own.length === 2 && own;
    });
    assert.deepEqual(
      found.map(({ code, range }) => [codeOf(code), document.getText(range)]),
      [
        ['unknown-adapter-field', '"lora_droput"'],
        ['target-matches-nothing', '"w_proj"'],
      ],
    );
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      find(document, '"r"'),
    );
    const text = hovers.flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value)).join();
    assert.match(text, /1,024/);
  });
});

const codeOf = (code: vscode.Diagnostic['code']) => (typeof code === 'object' ? code.value : code);

/** Semantic tokens with their texts. */
async function tokens(document: vscode.TextDocument) {
  const legend = await vscode.commands.executeCommand<vscode.SemanticTokensLegend | undefined>(
    'vscode.provideDocumentSemanticTokensLegend',
    document.uri,
  );
  const found = await vscode.commands.executeCommand<vscode.SemanticTokens | undefined>(
    'vscode.provideDocumentSemanticTokens',
    document.uri,
  );
  const data = [...(found?.data ?? [])];
  let [line, character] = [0, 0];
  return Array.from({ length: data.length / 5 }, (_, i) => {
    const [lines, characters, length, type, modifiers] = data.slice(5 * i) as [number, number, number, number, number];
    character = lines === 0 ? character + characters : characters;
    line += lines;
    const text = document.getText(new vscode.Range(line, character, line, character + length));
    return { text, type: legend!.tokenTypes[type], modifiers };
  });
}
