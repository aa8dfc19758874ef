import { duration } from '../base/units.ts';
import { type Io, plain } from './output.ts';

export interface StepPrinter {
  step(text: string): void;
  /** What the running step says. */
  note(text: string): void;
  end(): void;
}

/** Steps of something that takes minutes, a line each; on a terminal the running one's time and last words stand below. */
export function stepPrinter(io: Io): StepPrinter {
  let [began, said] = [0, ''];
  let timer: NodeJS.Timeout | undefined;
  const clear = () => {
    if (timer) io.write('\r\u001b[K');
  };
  const draw = () => {
    const line = `  ${duration((performance.now() - began) / 1000)}  ${plain(said)}`;
    io.write(`\r\u001b[K${io.paint('gray', line.slice(0, io.columns() - 1))}`);
  };
  return {
    step(text) {
      clear();
      io.say(`${io.paint('cyan', '•')} ${text}`);
      [began, said] = [performance.now(), ''];
      if (io.live) timer ??= setInterval(draw, 500).unref();
    },
    note(text) {
      said = text;
    },
    end() {
      clear();
      clearInterval(timer);
      timer = undefined;
    },
  };
}
