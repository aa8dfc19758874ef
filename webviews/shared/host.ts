/** The editor, as its pages reach it. */
export interface Host<Message, State> {
  postMessage(message: Message): void;
  /** What the page kept last, if anything. */
  getState(): State | undefined;
  setState(state: State): void;
}

declare global {
  /** Once a page. */
  function acquireVsCodeApi<Message, State>(): Host<Message, State>;
}
