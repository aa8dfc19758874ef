import { type Io, plain } from './output.ts';

/** Steps of something that takes minutes, a line each; on a terminal the last line of output of the running one stands below. */
export function stepPrinter(io: Io): { step(text: string): void; note(text: string): void; end(): void } {
  let noted = false;
  const clear = () => {
    if (noted) io.write('\r\u001b[K');
    noted = false;
  };
  return {
    step(text) {
      clear();
      io.say(`${io.paint('cyan', '•')} ${text}`);
    },
    note(text) {
      if (!io.live) return;
      clear();
      io.write(io.paint('gray', `  ${plain(text).slice(0, io.columns() - 4)}`));
      noted = true;
    },
    end: clear,
  };
}
