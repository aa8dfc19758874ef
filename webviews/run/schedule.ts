/** When the page draws: at most once a frame, for data a few times a second, and while a chart is dragged that chart alone. */

/** Between two draws that only new data asks for: at least so many milliseconds, and so many times what a draw takes. */
const dataPause = 200;
const dataShare = 100;
/** The same for data that moves nothing by a pixel. */
const unseenPause = 3000;
/** Milliseconds without a movement after which everything is drawn. */
const rest = 120;

export class Schedule {
  private readonly draw: () => void;
  private frame = 0;
  private partial: (() => void) | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = Infinity;
  private last = -Infinity;
  /** Milliseconds that the last draw took. */
  private cost = 0;

  constructor(draw: () => void) {
    this.draw = draw;
  }

  /** Everything, with the next frame. */
  soon(): void {
    this.later(0);
  }

  /** @param seen it changes something that can be seen. */
  data(seen: boolean): void {
    const pause = seen ? Math.max(dataPause, Math.min(2000, dataShare * this.cost)) : unseenPause;
    this.later(Math.max(0, this.last + pause - performance.now()));
  }

  /** `part` with the next frame; everything when nothing more comes. */
  gesture(part: () => void): void {
    this.partial = part;
    this.frame ||= requestAnimationFrame(() => this.run());
    clearTimeout(this.timer);
    this.due = Infinity;
    this.later(rest);
  }

  private later(wait: number): void {
    const due = performance.now() + wait;
    if (due >= this.due) return;
    this.due = due;
    clearTimeout(this.timer);
    const request = () => {
      this.partial = undefined;
      this.frame ||= requestAnimationFrame(() => this.run());
    };
    if (wait === 0) request();
    else this.timer = setTimeout(request, wait);
  }

  private run(): void {
    this.frame = 0;
    const part = this.partial;
    this.partial = undefined;
    if (part) {
      part();
      return;
    }
    this.due = Infinity;
    clearTimeout(this.timer);
    const began = performance.now();
    this.draw();
    this.last = performance.now();
    this.cost = this.last - began;
  }
}
