// The models that the language server is timed on: Llama-3-70B's config, and a checkpoint of 10,000 tensors behind an index.
import { closeSync, cpSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const config = fileURLToPath(new URL('../test/fixtures/configs/llama-3-70b/config.json', import.meta.url));

/** config.json alone. */
export function writeConfig(folder) {
  mkdirSync(folder, { recursive: true });
  cpSync(config, path.join(folder, 'config.json'));
}

/** A Llama of 1,111 thin layers: 10,002 tensors in 30 files, whose data is a hole in the file. */
export function writeIndexed(folder, shards = 30) {
  mkdirSync(folder, { recursive: true });
  const hidden = 64;
  const sizes = {
    hidden_size: hidden,
    intermediate_size: 128,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 16,
  };
  const thin = { ...JSON.parse(readFileSync(config, 'utf8')), ...sizes, num_hidden_layers: 1111, vocab_size: 256 };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(thin));
  const layer = {
    'self_attn.q_proj': [64, hidden],
    'self_attn.k_proj': [32, hidden],
    'self_attn.v_proj': [32, hidden],
    'self_attn.o_proj': [hidden, 64],
    'mlp.gate_proj': [128, hidden],
    'mlp.up_proj': [128, hidden],
    'mlp.down_proj': [hidden, 128],
    input_layernorm: [hidden],
    post_attention_layernorm: [hidden],
  };
  const tensors = [
    ['model.embed_tokens.weight', [256, hidden]],
    ...Array.from({ length: 1111 }, (_, i) =>
      Object.entries(layer).map(([name, shape]) => [`model.layers.${i}.${name}.weight`, shape]),
    ).flat(),
    ['model.norm.weight', [hidden]],
    ['lm_head.weight', [256, hidden]],
  ];
  const perShard = Math.ceil(tensors.length / shards);
  const weight_map = {};
  for (let i = 0; i < shards; i++) {
    const name = `model-${String(i + 1).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}.safetensors`;
    let end = 0;
    const header = {};
    for (const [tensor, shape] of tensors.slice(i * perShard, (i + 1) * perShard)) {
      const start = end;
      end += 2 * shape.reduce((a, b) => a * b, 1);
      header[tensor] = { dtype: 'BF16', shape, data_offsets: [start, end] };
      weight_map[tensor] = name;
    }
    writeHollow(path.join(folder, name), header, end);
  }
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map }));
  return tensors.length;
}

/** A safetensors file whose data takes no room on the disk. */
function writeHollow(file, header, bytes) {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const fd = openSync(file, 'w');
  writeSync(fd, Buffer.concat([length, json]));
  ftruncateSync(fd, 8 + json.length + bytes);
  closeSync(fd);
}
