/** An empty recipe in a new editor, with the papers' recipes to choose from: nothing is written before the user saves it. */
import { commands, type TextDocument, Uri, window, workspace } from 'vscode';
import type { Services } from '../services.ts';
import { freeName } from './import-recipe.ts';

/** `argument`: the folder to save it in; default: the workspace's first. */
export async function newRecipe({ language }: Pick<Services, 'language'>, argument: unknown): Promise<TextDocument> {
  const folder = argument instanceof Uri ? argument : workspace.workspaceFolders?.[0]?.uri;
  const document = await (folder
    ? workspace.openTextDocument(freeName(folder, 'recipe'))
    : workspace.openTextDocument({ language: 'peft' }));
  await window.showTextDocument(document, { preview: false });
  // Asked before the language server is there, the editor would say that it has nothing to suggest.
  await language.ready();
  await commands.executeCommand('editor.action.triggerSuggest');
  return document;
}
