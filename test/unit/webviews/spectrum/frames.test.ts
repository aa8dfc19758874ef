import { describe, expect, it } from 'vitest';
import { type Clock, Frames } from '../../../../webviews/spectrum/frames.ts';

describe('frames', () => {
  function manual(cost: number) {
    let time = 0;
    const queue: (() => void)[] = [];
    const timers: (() => void)[] = [];
    const drawn: string[] = [];
    const clock: Clock = {
      now: () => time,
      frame: (callback) => void queue.push(callback),
      after: (callback, milliseconds) =>
        void timers.push(() => {
          time += milliseconds;
          callback();
        }),
    };
    const part = (name: string, pause = 0) => ({
      name,
      pause,
      render() {
        drawn.push(name);
        time += cost;
      },
    });
    return { clock, part, drawn, frame: () => queue.shift()?.(), timer: () => timers.shift()?.() };
  }

  it('draw each part that asked once, and leave to the next frame what does not fit', () => {
    const { clock, part, drawn, frame } = manual(5);
    const frames = new Frames([part('a'), part('b'), part('c')], () => false, clock);
    frames.ask();
    frames.ask('a');
    frame();
    expect(drawn).toEqual(['a', 'b']);
    frame();
    expect(drawn).toEqual(['a', 'b', 'c']);
  });

  it('let a part rest that asks all the time', () => {
    const { clock, part, drawn, frame, timer } = manual(1);
    const frames = new Frames([part('a', 100)], () => false, clock);
    frames.ask('a');
    frame();
    frames.ask('a');
    frame();
    expect(drawn).toEqual(['a']);
    timer();
    frame();
    expect(drawn).toEqual(['a', 'a']);
  });
});
