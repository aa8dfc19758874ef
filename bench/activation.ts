/** Runs in the extension host of a window without recipes: how long loading and activating the extension takes there. */
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension<{ activation: number }>('rankwise.rankwise');
  if (!extension) throw new Error('the extension is not there');
  if (extension.isActive) throw new Error('the extension was active before it was asked for');
  const began = performance.now();
  const { activation } = await extension.activate();
  const file = process.env.RANKWISE_BENCH_RESULT;
  if (!file) throw new Error('RANKWISE_BENCH_RESULT is not set');
  writeFileSync(file, JSON.stringify({ total: performance.now() - began, call: activation }));
}
