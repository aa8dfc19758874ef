// How a step grows with layers, batch and length: LoRA on a small decoder, Rankwise alone.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { llamaLike, methods } from './cells.mjs';
import { ask, askWorker, median } from './processes.mjs';

const base = { layers: 4, hidden: 512, heads: 8, intermediate: 1408, batch: 4, length: 128 };

/** The unit is what one more of it should cost the same. */
const axes = {
  layers: { values: [4, 8, 16], cell: { batch: 2 } },
  batch: { values: [4, 8, 16], cell: {} },
  length: { values: [64, 128, 256], cell: {} },
};

/** Medians over rounds in which the sizes take turns. Attention grows with the square of the length: it is timed apart there. */
export async function growth(program, folder, { rounds, steps, threads, checkpointing, dtype }, warmUp) {
  const options = JSON.stringify({ steps: steps + warmUp, threads, checkpointing, dtype });
  const series = [];
  for (const [axis, { values, cell }] of Object.entries(axes)) {
    const sizes = values.map((value) => {
      const place = path.join(folder, `${axis}-${value}`);
      mkdirSync(place);
      const model = llamaLike({ ...base, ...cell, [axis]: value });
      writeFileSync(path.join(place, 'cell.json'), JSON.stringify({ ...model, methods: { lora: methods.lora } }));
      return { value, place, layers: model.config.num_hidden_layers, ms: [], attentionMs: [], peakBytes: [] };
    });
    for (const { place } of sizes) await ask(process.execPath, [program, 'write', place]);
    for (let round = 0; round < rounds; round++)
      for (const size of sizes) {
        const result = await askWorker([program, 'run', size.place, options, 'lora']);
        size.ms.push(median(result.ms.slice(warmUp)));
        size.peakBytes.push(result.peakBytes);
        if (axis !== 'length') continue;
        const apart = await askWorker([program, 'attention', size.place, options]);
        size.attentionMs.push(median(apart.ms.slice(warmUp)) * size.layers);
      }
    for (const { place } of sizes) rmSync(place, { recursive: true });
    series.push({
      axis,
      sizes: sizes.map(({ value, ms, attentionMs, peakBytes }) => ({
        value,
        msPerStep: median(ms),
        ...(attentionMs.length > 0 && { attentionMs: median(attentionMs) }),
        peakBytes: Math.max(...peakBytes),
      })),
    });
  }
  return series;
}
