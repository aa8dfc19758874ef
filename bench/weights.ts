/**
 * The work of dtypes.mjs and billion.mjs, bundled and run by them: `write FOLDER LAYERS HIDDEN INTERMEDIATE HEADS KEYHEADS VOCAB DTYPE` makes a Llama-like
 * model of random weights and data for it, `train RUN` trains the run in a directory as a worker does and prints its steps.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Random } from '../server/base/random.ts';
import { sizeOf } from '../server/base/tensor.ts';
import { writeModelFolder } from '../server/checkpoint/model-write.ts';
import type { FloatDtype } from '../server/checkpoint/safetensors/dtypes.ts';
import type { TensorSource } from '../server/checkpoint/safetensors/write.ts';
import { memoryStats } from '../server/engine/index.ts';
import { run as train } from '../server/jobs/train.ts';

const ROWS = 64;
const LENGTH = 128;

/** Normal numbers, drawn once; each tensor begins at another place. */
function tensors(config: Record<string, number>): TensorSource[] {
  const random = Random.seeded(0, 'bench');
  const drawn = Float32Array.from({ length: 1 << 20 }, () => random.normal());
  const normal = (shape: number[], deviation: number) => () => {
    const data = new Float32Array(sizeOf(shape));
    const scaled = drawn.map((x) => x * deviation);
    for (let at = 0; at < data.length; ) {
      const from = random.below(drawn.length);
      const piece = scaled.subarray(from, from + data.length - at);
      data.set(piece, at);
      at += piece.length;
    }
    return data;
  };
  const {
    hidden_size: d,
    intermediate_size: m,
    vocab_size: v,
    num_hidden_layers: layers,
  } = config as Record<string, number>;
  const keys = (d! / config.num_attention_heads!) * config.num_key_value_heads!;
  const matrix = (name: string, rows: number, columns: number): TensorSource => ({
    name: `${name}.weight`,
    shape: [rows, columns],
    data: normal([rows, columns], columns ** -0.5),
  });
  const norm = (name: string): TensorSource => ({
    name: `${name}.weight`,
    shape: [d!],
    data: () => new Float32Array(d!).fill(1),
  });
  return [
    matrix('model.embed_tokens', v!, d!),
    ...Array.from({ length: layers! }, (_, i) => `model.layers.${i}`).flatMap((at) => [
      matrix(`${at}.self_attn.q_proj`, d!, d!),
      matrix(`${at}.self_attn.k_proj`, keys, d!),
      matrix(`${at}.self_attn.v_proj`, keys, d!),
      matrix(`${at}.self_attn.o_proj`, d!, d!),
      matrix(`${at}.mlp.gate_proj`, m!, d!),
      matrix(`${at}.mlp.up_proj`, m!, d!),
      matrix(`${at}.mlp.down_proj`, d!, m!),
      norm(`${at}.input_layernorm`),
      norm(`${at}.post_attention_layernorm`),
    ]),
    norm('model.norm'),
    matrix('lm_head', v!, d!),
  ];
}

async function write(folder: string, dtype: FloatDtype, sizes: number[]): Promise<void> {
  const [num_hidden_layers, hidden_size, intermediate_size, num_attention_heads, num_key_value_heads, vocab_size] =
    sizes as [number, number, number, number, number, number];
  const config = {
    num_hidden_layers,
    hidden_size,
    intermediate_size,
    num_attention_heads,
    num_key_value_heads,
    vocab_size,
    max_position_embeddings: 2048,
  };
  mkdirSync(folder, { recursive: true });
  await writeModelFolder(path.join(folder, 'model'), {
    config: {
      ...config,
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      hidden_act: 'silu',
      rms_norm_eps: 1e-6,
      rope_theta: 10_000,
      tie_word_embeddings: false,
    },
    tensors: tensors(config),
    dtype,
  });
  const random = Random.seeded(1, 'bench');
  const row = () => JSON.stringify({ input_ids: Array.from({ length: LENGTH }, () => random.below(vocab_size)) });
  writeFileSync(path.join(folder, 'data.jsonl'), `${Array.from({ length: ROWS }, row).join('\n')}\n`);
}

const [command, folder, ...rest] = process.argv.slice(2) as [string, string, ...string[]];
if (command === 'write') await write(folder, rest.pop() as FloatDtype, rest.map(Number));
else {
  const seconds: number[] = [];
  const losses: number[] = [];
  const began = performance.now();
  let loaded = 0;
  await train(
    { run: folder, resume: false },
    {
      emit: (event) => {
        if (event.event === 'started') loaded = (performance.now() - began) / 1000;
        if (event.event !== 'step') return;
        seconds.push(event.step_seconds);
        losses.push(event.loss);
      },
      chunk: () => {},
      item: () => {},
      asks: (async function* () {})(),
      work: () => Promise.reject(new Error('nothing is measured here')),
      signal: new AbortController().signal,
    },
  );
  console.log(JSON.stringify({ loaded, seconds, losses, peak: memoryStats().peakRss }));
}
