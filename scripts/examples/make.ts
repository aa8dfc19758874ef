/**
 * Makes examples/images: pictures of new shapes, and a small ViT trained from random weights on known ones with this project's own `full`
 * method. `--data-only` stops before training. Run it as `npm run examples:images`; the result depends on the seed alone (weights: on the
 * machine's arithmetic too).
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { moduleTable } from '../../server/architectures/families.ts';
import { Random } from '../../server/base/random.ts';
import { sizeOf } from '../../server/base/tensor.ts';
import { writeModelFolder } from '../../server/checkpoint/model-write.ts';
import { openSafetensors } from '../../server/checkpoint/safetensors/read.ts';
import { png } from './png.ts';
import { draw, knownShapes, newShapes, side } from './shapes.ts';

const seed = 1;
const images = path.resolve('examples/images');
/** Made anew each time and not kept in the repository. */
const pretrain = path.join(images, 'pretrain');

const config = {
  architectures: ['ViTForImageClassification'],
  attention_probs_dropout_prob: 0,
  dtype: 'float32',
  hidden_act: 'gelu',
  hidden_dropout_prob: 0,
  hidden_size: 64,
  id2label: Object.fromEntries(
    Object.keys(knownShapes)
      .sort()
      .map((name, i) => [i, name]),
  ),
  image_size: side,
  initializer_range: 0.02,
  intermediate_size: 128,
  label2id: Object.fromEntries(
    Object.keys(knownShapes)
      .sort()
      .map((name, i) => [name, i]),
  ),
  layer_norm_eps: 1e-12,
  model_type: 'vit',
  num_attention_heads: 4,
  num_channels: 3,
  num_hidden_layers: 4,
  patch_size: 4,
  qkv_bias: true,
};
const preprocessor = {
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_processor_type: 'ViTImageProcessor',
  image_std: [0.5, 0.5, 0.5],
  resample: 2,
  rescale_factor: 1 / 255,
  size: { height: side, width: side },
};

await makeData();
if (!process.argv.includes('--data-only')) await trainModel();

async function makeData(): Promise<void> {
  rmSync(pretrain, { recursive: true, force: true });
  rmSync(path.join(images, 'shapes'), { recursive: true, force: true });
  drawAll(newShapes, path.join(images, 'shapes'), { train: 32, validation: 16 });
  drawAll(knownShapes, path.join(pretrain, 'shapes'), { train: 400, validation: 25 });
  const start = path.join(pretrain, 'start');
  const tensors = moduleTable(config, 'image-classification', Object.keys(knownShapes).length).modules.flatMap(
    (module) =>
      Object.entries(module.parameters).map(([parameter, shape]) => {
        const name = `${module.name}.${parameter}`;
        const random = Random.seeded(seed, name);
        const scale = parameter === 'bias' ? 0 : config.initializer_range;
        const next = module.kind === 'norm' ? () => Number(parameter === 'weight') : () => scale * random.normal();
        return { name, shape, data: () => Float32Array.from({ length: sizeOf(shape) }, next) };
      }),
  );
  await writeModelFolder(start, { config, tensors });
  writeFileSync(path.join(start, 'preprocessor_config.json'), `${JSON.stringify(preprocessor, null, 2)}\n`);
}

function drawAll(shapes: typeof newShapes, folder: string, counts: Record<string, number>): void {
  for (const [split, count] of Object.entries(counts))
    for (const [name, shape] of Object.entries(shapes)) {
      mkdirSync(path.join(folder, split, name), { recursive: true });
      const random = Random.seeded(seed, `${split}:${name}`);
      for (let i = 0; i < count; i++)
        writeFileSync(path.join(folder, split, name, `${i}.png`), png(side, side, draw(shape, random)));
    }
}

/** Runs pretrain.peft with the built command line and keeps the model of the run. */
async function trainModel(): Promise<void> {
  const cli = path.resolve('dist/cli.js');
  const { stdout, status } = spawnSync(process.execPath, [cli, 'run', path.join(images, 'pretrain.peft'), '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const event of events) if (event.event === 'evaluation') console.log(event.step, event.metrics);
  const finished = events.find(({ event }) => event === 'finished');
  if (status !== 0 || !finished) throw new Error('The run did not finish; its messages stand above.');
  const kept = path.join(images, 'model');
  rmSync(kept, { recursive: true, force: true });
  await keepBody(finished.model as string, kept);
  console.log(`The model is in ${path.relative('.', kept)}.`);
}

/** The model without its head, as base checkpoints are published: what is learnt from it brings a head of its own. */
async function keepBody(trained: string, target: string): Promise<void> {
  const source = openSafetensors(path.join(trained, 'model.safetensors'));
  const tensors = [...source.tensors].flatMap(([name, { shape }]) =>
    name.startsWith('vit.') ? [{ name: name.slice('vit.'.length), shape, data: () => source.read(name).data }] : [],
  );
  const { id2label: _, label2id: __, ...body } = config;
  await writeModelFolder(target, { config: { ...body, architectures: ['ViTModel'] }, tensors });
  source.close();
  copyFileSync(path.join(trained, 'preprocessor_config.json'), path.join(target, 'preprocessor_config.json'));
}
