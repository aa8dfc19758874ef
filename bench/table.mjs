// The engine's benchmark as tables for people.

const mib = (bytes) => (bytes / 2 ** 20).toFixed(0);
const ms = (x) => (x < 100 ? x.toFixed(1) : x.toFixed(0));
const plural = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;
const ratio = (x) => x.toFixed(2);

/** The first column to the left, numbers to the right. */
export function printRows(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('   ')
        .trimEnd(),
    );
}

export function printCells(
  { cells: all, threads, rounds, steps, dtype, checkpointing, load, withoutTorch },
  { models, methods },
) {
  for (const { model, method, error } of all) if (error) console.log(`FAILED ${model}, ${method}: ${error}`);
  const cells = all.filter(({ rankwise }) => rankwise);
  if (cells.length === 0) return;
  const { versions } = cells[0];
  const beside = versions
    ? ` beside torch ${versions.torch}, transformers ${versions.transformers}, peft ${versions.peft}`
    : '';
  console.log(
    `\nOne optimizer step, ${threads} threads, weights ${dtype}${checkpointing ? ', checkpointing (Rankwise)' : ''}${beside}; ${plural(rounds, 'round')} of ${plural(steps, 'step')}`,
  );
  const head = versions
    ? [
        '',
        'ms a step',
        'torch',
        'ratio',
        'peak MiB',
        'torch',
        'ratio',
        'above start',
        'build ms',
        'torch',
        'losses',
        'products',
      ]
    : ['', 'ms a step', 'peak MiB', 'start MiB', 'files MiB', 'build ms'];
  for (const model of new Set(cells.map((cell) => cell.model))) {
    const { title, most } = models[model];
    const mark = (x) => `${ratio(x)} ${x <= most ? '✓' : '✗'}`;
    console.log(`\n${title}${versions ? `: at most ${most}` : ''}`);
    printRows([
      head,
      ...cells
        .filter((cell) => cell.model === model)
        .map(({ method, rankwise, torch, timeRatio, memoryRatio, aboveStartRatio, lossDifference }) => {
          const name = methods[method].title;
          if (!torch)
            return [
              name,
              ms(rankwise.msPerStep),
              mib(rankwise.peakBytes),
              mib(rankwise.startBytes),
              mapped(rankwise),
              ms(rankwise.buildMs),
            ];
          const time = [ms(rankwise.msPerStep), ms(torch.msPerStep), mark(timeRatio)];
          const memory = [mib(rankwise.peakBytes), mib(torch.peakBytes), mark(memoryRatio), ratio(aboveStartRatio)];
          return [
            name,
            ...time,
            ...memory,
            ms(rankwise.buildMs),
            ms(torch.buildMs),
            lossDifference.toExponential(0),
            ratio(floor({ rankwise, torch })),
          ];
        }),
    ]);
  }
  console.log();
  if (versions) {
    const { rankwise, torch } = cells[0];
    const largest = Math.max(...cells.map(({ lossDifference }) => lossDifference));
    console.log(
      'A ratio is the median of the ratios of the rounds. "losses" is the largest difference of a loss in any step.',
    );
    console.log(
      `"above start" is the ratio of what each peak adds to the started process: ${mib(rankwise.startBytes)} MiB and ${mib(torch.startBytes)} MiB in the first cell. ` +
        `Pages of files (libraries, mapped weights) count in a peak; at the end of the first cell they are ${mapped(rankwise)} and ${mapped(torch)} MiB.`,
    );
    const rates = [rankwise, torch].map(({ rate }) => `${(rate / 1e9).toFixed(0)} GFLOP/s`);
    console.log(
      `"products" is the time of Rankwise's matrix products alone, at the rate of one, beside torch's whole step: no ratio of times can be lower. That rate is ${rates[0]} for Rankwise and ${rates[1]} for torch in the first cell.`,
    );
    console.log(`Largest difference of a loss in any cell: ${largest.toExponential(1)}.`);
  }
  if (withoutTorch) console.log(`No comparison with PyTorch: ${withoutTorch}`);
  printLoad(load, threads);
}

/** How much of LoRA's step another method's may take. */
const besideMost = 1.3;

/** Every method's step to LoRA's on the same matrices. */
export function printBeside({ beside }, models) {
  for (const model of new Set(beside.map((row) => row.model))) {
    const rows = beside.filter((row) => row.model === model);
    console.log(`\n${models[model].title}: beside lora on the same matrices; at most ${besideMost}`);
    for (const { method, error, left } of rows) {
      if (error) console.log(`FAILED ${method}: ${error}`);
      if (left) console.log(`${method} is left out: ${left}`);
    }
    const measured = rows.filter(({ ms }) => ms !== undefined);
    if (measured.length > 0)
      printRows([
        ['', 'ms a step', 'lora', 'ratio'],
        ...measured.map(({ method, ms: own, loraMs, ratio: x, sameTargets }) => [
          method,
          ms(own),
          ms(loraMs),
          `${ratio(x)} ${sameTargets ? (x <= besideMost ? '✓' : '✗') : '(trains the model itself)'}`,
        ]),
      ]);
  }
}

const floor = ({ rankwise: { flops, rate }, torch }) => ((flops / rate) * 1000) / torch.msPerStep;
const mapped = ({ mappedBytes }) => (mappedBytes === undefined ? '–' : mib(mappedBytes));

/** Each size against the smallest: time over time, divided by size over size. 1.00 is linear, less is better. */
export function printGrowth(series, { threads, load }) {
  console.log(`\nGrowth of one LoRA step, ${threads} threads: d 512, else 4 layers, T 128, batch 4 (2 by layers)`);
  for (const { axis, sizes } of series) {
    const apart = sizes[0].attentionMs !== undefined;
    const own = ({ msPerStep, attentionMs = 0 }) => msPerStep - attentionMs;
    const [first] = sizes;
    console.log();
    printRows([
      [axis, 'ms a step', ...(apart ? ['attention', 'the rest'] : []), 'ms a unit', 'to the first', 'peak MiB'],
      ...sizes.map((size) => [
        String(size.value),
        ms(size.msPerStep),
        ...(apart ? [ms(size.attentionMs), ms(own(size))] : []),
        (own(size) / size.value).toFixed(2),
        ratio(own(size) / size.value / (own(first) / first.value)),
        mib(size.peakBytes),
      ]),
    ]);
  }
  console.log(
    '\nA unit is one layer, one row, one token of length (attention apart, which grows with its square). To the first: 1.00 is linear.',
  );
  printLoad(load, threads);
}

function printLoad(load, threads) {
  if (load > threads / 4)
    console.log(
      `The machine was not quiet: load ${load.toFixed(1)} before the start. PyTorch's threads spin while they wait, so neighbours cost it more than Rankwise: ` +
        'measure again when it is.',
    );
}
