import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, find, open, until, workspaceFile } from './workbench.ts';

const diagnosticsOf = (name: string) => vscode.languages.getDiagnostics(workspaceFile(name));

/** With a page about it a finding's code is a link. */
const codeOf = ({ code }: vscode.Diagnostic) => (typeof code === 'object' ? code.value : code);

describe('a recipe in the editor', () => {
  it('activates the extension in under 100 ms', async () => {
    await open('tiny.peft');
    const { activation } = await api();
    console.log(`      activation took ${activation.toFixed(1)} ms`);
    assert.ok(activation < 100, `activation took ${activation} ms`);
  });

  it('has its own language and no findings when it is right', async () => {
    const { document } = await open('tiny.peft');
    assert.equal(document.languageId, 'peft');
    await until('inlay hints, which come after the diagnostics', async () => (await inlays(document)).length);
    assert.deepEqual(diagnosticsOf('tiny.peft'), []);
  });

  it('shows how many parameters an adapter trains', async () => {
    const { document } = await open('tiny.peft');
    // rank · (rows + columns) of q_proj (64 × 64) and v_proj (32 × 64), in two layers.
    const expected = (4 * (64 + 64 + 32 + 64) * 2).toLocaleString('en-US');
    const labels = await until('inlay hints', async () => {
      const hints = await inlays(document);
      return hints.length > 0 && hints.map(text).join(' ');
    });
    assert.ok(labels.includes(expected), `${expected} is not in: ${labels}`);
  });

  it('explains a field on hover', async () => {
    const { document } = await open('tiny.peft');
    const shown = await until('a hover', async () => {
      const position = find(document, 'rank:');
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        position,
      );
      return hovers.flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value)).join('\n');
    });
    assert.match(shown, /rank/i);
  });

  it('offers to run the recipe above its first line', async () => {
    const { document } = await open('tiny.peft');
    const lens = await until('a CodeLens', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
        10,
      );
      return lenses.find(({ command }) => command?.command === 'rankwise.run');
    });
    assert.equal(lens.range.start.line, 0);
  });

  it('completes a key of the section', async () => {
    const { document } = await open('tiny.peft');
    const end = document.lineAt(document.lineCount - 2).range.end;
    const editor = await open('tiny.peft');
    await editor.edit((edit) => edit.insert(end, '\nbud'));
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      end.translate(1).with({ character: 3 }),
    );
    await vscode.commands.executeCommand('workbench.action.files.revert');
    assert.ok(list.items.some(({ label }) => label === 'budget'));
  });

  it('reports an unknown key and mends it with the quick fix', async () => {
    const { document } = await open('broken.peft');
    const [finding] = await until('a diagnostic', () => {
      const found = diagnosticsOf('broken.peft');
      return found.length > 0 && found;
    });
    assert.equal(codeOf(finding!), 'unknown-key');
    // The page about it is there to be opened.
    await vscode.workspace.fs.stat((finding!.code as { target: vscode.Uri }).target);
    assert.equal(document.getText(finding!.range), 'target_module');

    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      finding!.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const fix = actions.find(({ isPreferred }) => isPreferred) ?? actions[0];
    assert.ok(fix?.edit, 'there is no quick fix');
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /target_modules: \[q_proj, v_proj\]/);
    await until('the diagnostic to go', () =>
      diagnosticsOf('broken.peft').every((found) => codeOf(found) !== 'unknown-key'),
    );
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  it('does not run while it is wrong, and says why', async () => {
    await open('broken.peft');
    const before = (await api()).runs().length;
    const result = await vscode.commands.executeCommand('rankwise.run', workspaceFile('broken.peft'));
    assert.equal(result, undefined);
    assert.equal((await api()).runs().length, before);
    const selected = vscode.window.activeTextEditor!;
    assert.equal(selected.document.getText(selected.selection), 'target_module');
  });
});

async function inlays(document: vscode.TextDocument): Promise<vscode.InlayHint[]> {
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  return vscode.commands.executeCommand<vscode.InlayHint[]>('vscode.executeInlayHintProvider', document.uri, whole);
}

const text = ({ label }: vscode.InlayHint) =>
  typeof label === 'string' ? label : label.map(({ value }) => value).join('');
