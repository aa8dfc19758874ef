/** What `rankwise doctor` prints for people. */
import type { BackendReport } from '../protocol/jobs.ts';
import { type Io, plain } from './output.ts';

const MARGIN = '    ';
/** Longer lines are hard to read. */
const WIDEST = 100;

export function showReports(reports: readonly BackendReport[], io: Io): void {
  const widest = Math.max(...reports.map(({ name }) => name.length));
  for (const report of reports) {
    const { name, reason, fix } = report;
    const about = facts(report, io);
    io.say(`${mark(report, io)} ${io.paint('bold', name)}${about && `${' '.repeat(widest - name.length)}  ${about}`}`);
    for (const line of wrapped(reason, io)) io.say(MARGIN + codes(line, io));
    wrapped(fix, io, '→ ').forEach((line, i) => {
      io.say(`${MARGIN}${i === 0 ? io.paint('cyan', '→ ') : '  '}${codes(line, io)}`);
    });
  }
  io.say('');
  for (const line of wrapped(autoText(reports), io)) io.say(codes(line, io));
}

const mark = ({ available, software }: BackendReport, io: Io): string =>
  !available ? io.paint('yellow', '✗') : software ? io.paint('yellow', '✓') : io.paint('green', '✓');

function facts({ available, version, device, software }: BackendReport, io: Io): string {
  if (!available) return io.paint('dim', 'cannot start here');
  const parts = [version, device, software && 'software'].filter((part) => typeof part === 'string');
  return parts.map(plain).join(io.paint('dim', ' · '));
}

/** What `training.backend: auto` will do. */
function autoText(reports: readonly BackendReport[]): string {
  const names = reports.filter(({ available, software }) => available && !software).map(({ name }) => name);
  if (names.length === 0) return 'Nothing can compute here; the lines above say what to do.';
  if (names.length === 1) return `\`training.backend: auto\` uses ${names[0]}.`;
  return `\`training.backend: auto\` measures ${names.slice(0, -1).join(', ')} and ${names.at(-1)} with a step of the recipe at its first run; \`rankwise backend calibrate RECIPE\` measures now.`;
}

/** What stands in backticks stands out, by its weight where there is any. */
const codes = (line: string, io: Io): string =>
  plain(line).replace(/`([^`]+)`/g, (quoted, code: string) => {
    const painted = io.paint('bold', code);
    return painted === code ? quoted : painted;
  });

function wrapped(text: string | undefined, io: Io, lead = ''): string[] {
  const room = Math.min(WIDEST, io.columns()) - MARGIN.length - lead.length;
  const lines: string[] = [];
  // A name in backticks stays on one line, so that it can be copied.
  for (const word of text?.match(/`[^`]*`\S*|\S+/g) ?? []) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
