/** A spectrum for people: a table for each part that was asked for, and what it comes to. */
import { count, duration, shortDuration } from '../../base/units.ts';
import type { SpectrumOf, SpectrumResult } from '../../protocol/spectrum.ts';
import type { Io } from '../output.ts';
import { learnedTable } from './learned-table.ts';
import { changeVerdict } from './remarks.ts';
import { pooledShare, type ReportSettings, type SpectrumReport } from './report.ts';
import { type By, changeTable, groupsOf, partTable } from './table.ts';

const titles: Record<SpectrumOf, string> = {
  base: 'Weights of the base',
  merged: 'Merged weights',
  update: 'Update (merged − base)',
};

export function showSpectrum(
  report: SpectrumReport,
  of: readonly SpectrumOf[],
  settings: ReportSettings,
  by: By | undefined,
  result: SpectrumResult,
  io: Io,
): void {
  const groups = groupsOf(report.list, by);
  const width = io.columns();
  const left = new Set<string>();
  for (const part of of) {
    const parts = report.list.flatMap((matrix) => matrix.parts[part] ?? []);
    if (parts.length === 0) continue;
    if (of.length > 1) io.say(io.paint('bold', titles[part]));
    header(
      partTable(groups, part, settings, width, (title) => left.add(title)),
      io,
    );
    io.say('');
    if (part === 'update') continue;
    const { share, values } = pooledShare(parts, settings.interval);
    const [low, high] = settings.interval;
    const percent = io.paint('bold', `${(100 * share).toFixed(1)}%`);
    io.say(`${percent} of all ${count(values)} singular values lie in [${low}, ${high}]`);
    io.say('');
  }
  if (report.list.some(({ change }) => change)) {
    io.say(io.paint('bold', 'What training changed'));
    header(changeTable(groups, width), io);
    io.say('');
    io.say(changeVerdict(report.list));
    io.say('');
  }
  if (report.list.some(({ learned }) => learned)) {
    io.say(io.paint('bold', 'What the method learned'));
    header(learnedTable(groups, width), io);
    io.say('');
  }
  if (groups.some(({ matrices }) => matrices.length > 1))
    io.say(io.paint('dim', 'A line is a kind: largest σ₁, smallest σₖ, else means; --by matrix lists all.'));
  if (left.size > 0) io.say(io.paint('dim', `Left out at this width: ${[...left].join(', ')}; --json has all.`));
  const { matrices, cached, seconds, kernel } = result;
  const time = seconds < 60 ? shortDuration(seconds) : duration(seconds);
  const how = kernel ? ` (${kernel} kernel)` : '';
  io.say(`${count(matrices)} matrices in ${time}${how}; ${count(cached)} of ${count(matrices)} from the cache`);
}

function header([first, ...rest]: readonly string[], io: Io): void {
  io.say(io.paint('dim', first ?? ''));
  for (const line of rest) io.say(line);
}
