/** What is used of the language client: a bundle of its own, loaded with the first recipe. Three quarters of the extension's text. */
export { LanguageClient, RevealOutputChannelOn, TransportKind } from 'vscode-languageclient/node';
