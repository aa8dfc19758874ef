/** Process entry of the language server: Node IPC from VS Code, or `--stdio` for every other editor. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startServer } from './server.ts';

startServer(createConnection(ProposedFeatures.all));
