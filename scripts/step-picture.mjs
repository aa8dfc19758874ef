// Draws docs/images/step.svg: `node scripts/step-picture.mjs`. A picture of one recorded training step, for docs/ENGINE.md.
import { writeFileSync } from 'node:fs';

const W = 1000;
const H = 560;
const ink = {
  text: '#1f2937',
  soft: '#6b7280',
  line: '#9ca3af',
  forward: '#dbeafe',
  backward: '#fde2d4',
  io: '#e5e7eb',
  held: '#dcfce7',
};
const parts = [];

const box = (x, y, w, h, fill, lines, strong = false) => {
  parts.push(
    `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="8" fill="${fill}" stroke="${strong ? ink.text : ink.line}"/>`,
  );
  const first = y + h / 2 - (lines.length - 1) * 9;
  for (const [i, line] of lines.entries())
    parts.push(
      `<text x="${x + w / 2}" y="${first + i * 18}" text-anchor="middle" dominant-baseline="central" class="${i ? 'soft' : 'name'}">${line}</text>`,
    );
};
const arrow = (x1, y1, x2, y2, kind = '') => parts.push(`<path d="M${x1} ${y1}L${x2} ${y2}" class="arrow ${kind}"/>`);
const label = (x, y, text, anchor = 'middle', cls = 'soft') =>
  parts.push(`<text x="${x}" y="${y}" text-anchor="${anchor}" class="${cls}">${text}</text>`);

// The frame: everything inside is one graph.
parts.push(
  `<rect x="190" y="46" width="620" height="412" rx="14" fill="#f9fafb" stroke="${ink.text}" stroke-dasharray="6 5"/>`,
);
label(500, 36, 'one ONNX graph: one native call a step', 'middle', 'name');

const columns = [215, 365, 515, 665];
const stages = [
  ['embedding', 'rows of the table'],
  ['layer 1', 'norm, q k v, attention, MLP'],
  ['layer N', 'the same'],
  ['head, loss', 'cross-entropy'],
];
const wide = 120;
label(205, 74, 'forward', 'start', 'lane');
label(205, 444, 'backward', 'start', 'lane');
for (const [i, [name]] of stages.entries())
  box(columns[i], 96, wide, 62, ink.forward, [name, ['Gather', '≈ 40 nodes', '≈ 40 nodes', 'LogSoftmax'][i]]);
for (const i of [0, 1, 2]) arrow(columns[i] + wide, 127, columns[i + 1] - 3, 127, i === 1 ? 'dashed' : '');
const grads = ['', 'gradient 1', 'gradient N', 'of the loss'];
for (const i of [1, 2, 3])
  box(columns[i], 352, wide, 62, ink.backward, [grads[i], ['', '≈ 60 nodes', '≈ 60 nodes', 'softmax − target'][i]]);
for (const i of [3, 2]) arrow(columns[i], 383, columns[i - 1] + wide + 3, 383, i === 2 ? 'dashed' : '');
// What is kept for the backward pass.
for (const i of [1, 2]) {
  box(columns[i] + 10, 224, wide - 20, 56, '#ffffff', ['kept', 'activations']);
  arrow(columns[i] + wide / 2, 158, columns[i] + wide / 2, 221);
  arrow(columns[i] + wide / 2, 280, columns[i] + wide / 2, 349);
}
arrow(columns[3] + wide / 2, 158, columns[3] + wide / 2, 349);
label(columns[3] + wide / 2 + 8, 250, 'logits', 'start');

// Inputs and outputs.
box(18, 92, 140, 70, ink.io, ['batch', 'ids, mask, labels']);
arrow(158, 127, columns[0] - 3, 127);
box(18, 196, 140, 70, ink.io, ['adapters', 'A, B: trainable']);
arrow(158, 222, columns[1] - 3, 150);
box(18, 300, 140, 62, ink.io, ['scalars, draws', 'loss scale, dropout']);
arrow(158, 322, columns[1] - 3, 157, 'faint');
box(842, 92, 140, 70, ink.io, ['loss', 'one number']);
arrow(columns[3] + wide, 127, 839, 127);
box(842, 348, 140, 70, ink.io, ['gradients', 'of A and B alone']);
parts.push(`<path d="M${columns[1] + wide / 2} 414V436H912V421" class="arrow"/>`);
parts.push(`<path d="M${columns[2] + wide / 2} 414V436" class="arrow plain"/>`);

// Weights below: read by both passes.
box(
  215,
  486,
  570,
  58,
  ink.held,
  ['frozen weights', 'mapped from model.safetensors, or held in 16, 8 or 4 bits: decoded at each use'],
  true,
);
for (const x of [275, 425, 575, 725]) arrow(x, 486, x, 461, 'faint');
label(842, 470, 'AdamW on the host,', 'start');
label(842, 488, 'in place', 'start');

writeFileSync(
  'docs/images/step.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${W} ${H}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="A recorded training step: batch, adapters and scalars go in; forward and backward pass are one graph over frozen weights; loss and gradients come out.">
<style>.name{fill:${ink.text};font-weight:600}.soft{fill:${ink.soft};font-size:12px}.lane{fill:${ink.text};font-weight:600;letter-spacing:.04em}.arrow{stroke:${ink.text};fill:none;stroke-width:1.4;marker-end:url(#tip)}.dashed{stroke-dasharray:4 4}.faint{stroke:${ink.line}}.plain{marker-end:none}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="${ink.text}"/></marker></defs>
<rect width="${W}" height="${H}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`,
);
