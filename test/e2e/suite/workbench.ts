/** The few gestures that every test in the extension host needs. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { RankwiseApi } from '../../../client/extension.ts';
import type { RunNode } from '../../../client/runs-tree.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';

export const workspaceFile = (name: string): vscode.Uri =>
  vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, name);

export async function api(): Promise<RankwiseApi> {
  const extension = vscode.extensions.getExtension<RankwiseApi>('rankwise.rankwise');
  if (!extension) throw new Error('the extension is not installed');
  return extension.activate();
}

type Falsy<T> = T | false | 0 | '' | undefined;

/** Polls until `look` gives something; the error says what was waited for and what was seen last. */
export async function until<T>(what: string, look: () => Falsy<T> | Promise<Falsy<T>>, seconds = 40): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function open(name: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(workspaceFile(name));
}

/** The position of a word in a document, `offset` characters into it. */
export function find(document: vscode.TextDocument, word: string, offset = 1): vscode.Position {
  const at = document.getText().indexOf(word);
  if (at < 0) throw new Error(`${document.uri.path} has no ${word}`);
  return document.positionAt(at + offset);
}

/** Runs a recipe by the command, as the palette and the CodeLens do. */
export async function launch(name: string): Promise<RunRecord> {
  const record = await vscode.commands.executeCommand<RunRecord | undefined>('rankwise.run', workspaceFile(name));
  if (!record) throw new Error(`${name} was not launched`);
  return record;
}

export async function untilState(run: string, state: RunRecord['state']): Promise<RunRecord> {
  const { runs } = await api();
  const now = () => runs().find((record) => record.run === run);
  return until(`${path.basename(run)} to be ${state}`, () => {
    const record = now();
    if (record?.state === 'failed' && state !== 'failed') throw new Error(`the run failed: ${record.error?.message}`);
    return record?.state === state ? record : undefined;
  });
}

/** Labels of the runs view, by group. */
export async function tree(): Promise<Record<string, string[]>> {
  const { tree } = await api();
  const label = (node: RunNode) => {
    const item = tree.getTreeItem(node);
    return `${item.label} ${item.description ?? ''}`.trim();
  };
  const found: Record<string, string[]> = {};
  for (const group of await tree.getChildren())
    found[String(tree.getTreeItem(group).label)] = (await tree.getChildren(group)).map(label);
  return found;
}

export const panelTabs = (type = 'rankwise.run'): vscode.Tab[] =>
  vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(type));

/** The events on disk, which are the truth. */
export function eventsOf(run: string): RunEvent[] {
  const file = path.join(run, 'metrics.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as RunEvent);
}
