import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { homeFolder } from '../../wire/places.ts';
import { command, wholeNumber } from '../command.ts';
import { work } from '../processes.ts';
import { reportError, shortPath } from '../report.ts';
import { demandWritable, writeCsv } from '../spectrum/csv.ts';
import { byOption, energyOption, intervalOption, needsAdapter, ofOption } from '../spectrum/options.ts';
import { SpectrumProgress } from '../spectrum/progress.ts';
import { rankWarnings, withKept, withoutMatrices } from '../spectrum/remarks.ts';
import { matrixJson, pooledShare, SpectrumReport } from '../spectrum/report.ts';
import { showSpectrum } from '../spectrum/show.ts';
import { spectrumSource } from '../spectrum/source.ts';

export const spectrum = command({
  name: 'spectrum',
  summary: 'Singular values of the weight matrices of a model, and what training changed in them.',
  positionals: ['SOURCE'],
  options: {
    module: {
      type: 'string',
      value: 'GLOB',
      doc: 'Only modules that match: q_proj, "layers.0.*"; several parted by commas.',
    },
    rank: { type: 'string', value: 'R', doc: 'State energy and residual at this rank.' },
    adapter: {
      type: 'string',
      value: 'DIR',
      doc: 'An adapter folder in PEFT format, or a run directory, to put on the model.',
    },
    model: { type: 'string', value: 'MODEL', doc: 'The base model, where the adapter does not name it.' },
    of: {
      type: 'string',
      value: 'PARTS',
      doc: 'Of base, merged, update; parted by commas (default: all that there are).',
    },
    changes: { type: 'boolean', doc: 'Also how the update lies to the singular vectors of the base (takes longer).' },
    interval: { type: 'string', value: 'LOW,HIGH', doc: 'Count the values in this interval (default 0.1,1.1).' },
    energy: {
      type: 'string',
      value: 'SHARES',
      doc: 'With --json, the ranks that hold these shares (default 0.9,0.99).',
    },
    by: { type: 'string', value: 'WHAT', doc: 'A line for each matrix or kind (default: kind beyond 40 matrices).' },
    csv: { type: 'string', value: 'FILE', doc: 'Write every singular value to a file.' },
    kernel: {
      type: 'string',
      value: 'NAME',
      doc: 'What computes: auto, native, wasm, tensorflow, webgpu (default auto).',
    },
  },
  details:
    'SOURCE is a model folder or hub id, a run, an adapter folder, or a recipe (then: its model).\n' +
    'docs/SPECTRA.md says what the numbers mean and where results are kept.',
  async run({ positionals: [given], options, io }) {
    const settings = {
      interval: intervalOption(options.interval),
      energies: energyOption(options.energy),
      rank: options.rank === undefined ? undefined : wholeNumber('rank', options.rank, 1, 1),
    };
    const by = byOption(options.by);
    const csv = options.csv === undefined ? undefined : path.resolve(options.csv);
    if (csv !== undefined) demandWritable(csv);
    const { model, adapter, ranks } = await spectrumSource(given!, options, io);
    const of = ofOption(options.of, adapter !== undefined);
    if (options.changes && adapter === undefined) throw needsAdapter('--changes');
    if (options.changes && !of.includes('update')) of.push('update');
    const report = new SpectrumReport();
    const progress = new SpectrumProgress(io);
    const params = {
      model,
      of,
      changes: options.changes,
      home: homeFolder(),
      ...(adapter !== undefined && { adapter }),
      ...(options.module !== undefined && { modules: options.module }),
      ...(options.kernel !== undefined && { kernel: options.kernel }),
    };
    const onItem = (item: Parameters<typeof progress.take>[0]) => {
      report.take(item);
      progress.take(item);
    };
    const result = await work('spectrum', params, { onItem })
      .catch((error: unknown) => Promise.reject(withKept(error, report)))
      .finally(() => progress.clear());
    const matrices = report.list;
    if (matrices.length === 0) throw withoutMatrices(model);
    const all = { ...settings, ranks };
    if (csv !== undefined) writeCsv(csv, matrices);
    const parts = matrices.flatMap((matrix) => matrix.parts[of[0]!] ?? []);
    const [low, high] = settings.interval;
    io.value({
      modules: matrices.map((matrix) => matrixJson(matrix, all)),
      interval: { low, high, ...pooledShare(parts, settings.interval) },
      ...result,
    });
    showSpectrum(report, of, all, by, result, io);
    if (csv !== undefined) io.say(shortPath(csv));
    for (const { code, message } of [...rankWarnings(settings.rank, matrices), ...(result.warnings ?? [])])
      io.warn(`${io.paintError('yellow', `warning[${code}]`)}: ${message}`);
    const faults = matrices.flatMap(({ name, faults }) => faults.map((fault) => ({ name, ...fault })));
    for (const { name, error } of faults) reportError(RankwiseError.from({ ...error, field: error.field ?? name }), io);
    return faults.length > 0 ? 1 : 0;
  },
});
