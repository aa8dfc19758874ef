/** Tells the explorer's menu which folders hold a model or an adapter: a when-clause cannot look into them. */
import path from 'node:path';
import { commands, type ExtensionContext, type LogOutputChannel, type Uri, workspace } from 'vscode';

const heads = '**/{adapter_config.json,model.safetensors,model.safetensors.index.json}';
const elsewhere = '**/{node_modules,.git}/**';
const limit = 1000;
/** Milliseconds: a folder that is being written changes many times. */
const pause = 1000;

export function watchModelFolders({ subscriptions }: ExtensionContext, log: LogOutputChannel): void {
  let timer: NodeJS.Timeout | undefined;
  const look = async () => {
    const files = await workspace.findFiles(heads, elsewhere, limit);
    await commands.executeCommand('setContext', 'rankwise.modelFolders', foldersOf(files));
    const ofAdapters = files.filter(({ path: file }) => file.endsWith('/adapter_config.json'));
    await commands.executeCommand('setContext', 'rankwise.adapterFolders', foldersOf(ofAdapters));
  };
  const lookSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void look().catch((error) => log.warn(`no look at model folders: ${error}`)), pause);
  };
  const watcher = workspace.createFileSystemWatcher(heads, false, true, false);
  subscriptions.push(watcher, watcher.onDidCreate(lookSoon), watcher.onDidDelete(lookSoon), {
    dispose: () => clearTimeout(timer),
  });
  lookSoon();
}

const foldersOf = (files: readonly Uri[]): string[] => [...new Set(files.map(({ fsPath }) => path.dirname(fsPath)))];
