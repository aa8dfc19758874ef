/** How this window reaches the daemon: the one of the user, started from our own bundle by the editor's Node when it is needed. */
import { type ExtensionContext, workspace } from 'vscode';
import { DaemonClient } from '../server/wire/client.ts';
import { version } from '../server/wire/version.ts';

export function makeDaemonClient(context: ExtensionContext): DaemonClient {
  const settings = workspace.getConfiguration('rankwise');
  const home = settings.get<string>('home');
  const node = settings.get<string>('nodePath');
  return new DaemonClient({
    version,
    spawn: true,
    daemonScript: context.asAbsolutePath('dist/daemon.js'),
    ...(node && { execPath: node }),
    env: home ? { ...process.env, RANKWISE_HOME: home } : process.env,
  });
}
