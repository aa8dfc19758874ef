/** Lines of styled pieces, as jobs give them, in the terminal's colours. */
import type { PreviewSpan, PreviewStyle } from '../protocol/preview.ts';
import { type Io, plain } from './output.ts';

const formats: Partial<Record<PreviewStyle, Parameters<Io['paint']>[0]>> = {
  heading: 'bold',
  dim: 'dim',
  loss: 'green',
  special: 'magenta',
  'special-loss': ['green', 'bold'],
  warning: 'yellow',
};

export const painted = (line: readonly PreviewSpan[], io: Io): string =>
  line.map(([style, text]) => (formats[style] ? io.paint(formats[style], plain(text)) : plain(text))).join('');
