import { clip } from '../../recipe/findings.ts';
import type { Finding } from '../finding.ts';
import type { Rule, RuleContext } from './rule.ts';

/** Class labels among the sampled rows that are no number from 0 to num_labels − 1. */
export const labels: Rule = {
  codes: ['label-out-of-range', 'label-not-a-class'],
  severity: 'error',
  check: (context) => [...check(context, 'train'), ...check(context, 'validation')],
};

function check({ recipe, world, counted, document }: RuleContext, split: 'train' | 'validation'): Finding[] {
  const seen = world.data?.[split]?.labels;
  const classes = counted && classCount(counted.table.modules);
  if (!seen || classes === undefined || !recipe.model.task.endsWith('-classification')) return [];
  const numbers = seen.map(({ value, ...at }) => ({ ...at, value, number: numberOf(value) }));
  const odd = numbers.find(({ number }) => number === undefined);
  const path = document.has('data.columns.label') ? 'data.columns.label' : `data.${split}`;
  if (odd)
    return [
      {
        code: 'label-not-a-class',
        message: `${place(odd)}: the label ${clip(JSON.stringify(odd.value) ?? 'missing')} is no class number; labels are 0 to ${classes - 1}.`,
        path,
      },
    ];
  const far = numbers.find(({ number }) => number! < 0 || number! >= classes);
  if (!far) return [];
  const needed = Math.max(...numbers.map(({ number }) => number!)) + 1;
  const advice =
    far.number! < 0 ? 'Labels start at 0.' : `Set \`model.num_labels: ${needed}\` if there are so many classes.`;
  const written = document.has('model.num_labels') && far.number! >= 0;
  return [
    {
      code: 'label-out-of-range',
      message: `${place(far)}: the label ${far.number} is outside 0 to ${classes - 1}. ${advice}`,
      path: written ? 'model.num_labels' : path,
      ...(written && { replace: [{ title: `Set num_labels to ${needed}`, text: String(needed) }] }),
    },
  ];
}

/** Rows of the head's last weight. */
const classCount = (modules: readonly { role: string; m: number }[]): number | undefined =>
  modules.findLast((m) => m.role === 'task-head')?.m;

/** csv holds words, jsonl numbers. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}

const place = ({ file, row }: { file?: string; row: number }): string =>
  file === undefined ? `Line ${row}` : `${file}:${row}`;
