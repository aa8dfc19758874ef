import { taskHead } from '../../architectures/modules.ts';
import { place as placeOf } from '../../datafiles/place.ts';
import type { SplitFacts } from '../../datafiles/types.ts';
import { clip } from '../../recipe/findings.ts';
import type { Finding } from '../finding.ts';
import type { Rule, RuleContext } from './rule.ts';

/** Labels among the sampled rows that the head has no class for. Labels are class numbers, or names that training numbers itself. */
export const labels: Rule = {
  codes: ['label-out-of-range', 'labels-mixed', 'label-not-a-number'],
  severity: 'error',
  check: (context) => [...check(context, 'train'), ...check(context, 'validation')],
};

type Seen = NonNullable<SplitFacts['labels']>[number] & { number: number | undefined };

function check({ recipe, world, counted, document }: RuleContext, split: 'train' | 'validation'): Finding[] {
  const classes = counted && taskHead(counted.table)?.m;
  const { labels } = world.data?.[split] ?? {};
  if (labels && recipe.model.task === 'regression') return notNumbers(labels, split, document);
  if (!labels || classes === undefined || !recipe.model.task.endsWith('-classification')) return [];
  const seen: Seen[] = labels.map((label) => ({ ...label, number: numberOf(label.value) }));
  const numbers = seen.filter(({ number }) => number !== undefined);
  const names = seen.filter(({ number }) => number === undefined);
  const path = document.has('data.columns.label') ? 'data.columns.label' : `data.${split}`;
  if (numbers.length > 0 && names.length > 0) {
    const message = `${place(names[0]!)}: the label ${shown(names[0]!)} is a name, ${shown(numbers[0]!)} before it a number; use one kind.`;
    return [{ code: 'labels-mixed', message, path }];
  }
  const far = numbers.find(({ number }) => !Number.isInteger(number) || number! < 0 || number! >= classes);
  const tooMany = far ?? names[classes];
  if (!tooMany) return [];
  const whole = numbers.every(({ number }) => Number.isInteger(number) && number! >= 0);
  const needed = names.length > 0 ? names.length : Math.max(...numbers.map(({ number }) => number!)) + 1;
  const what = names.length > 0 ? `is one name more than the ${classes} classes` : `is outside 0 to ${classes - 1}`;
  const advice = whole
    ? `Set \`model.num_labels: ${needed}\` if there are so many classes.`
    : 'Classes are whole numbers from 0.';
  const written = whole && document.has('model.num_labels');
  return [
    {
      code: 'label-out-of-range',
      message: `${place(tooMany)}: the label ${shown(tooMany)} ${what}. ${advice}`,
      path: written ? 'model.num_labels' : path,
      ...(written && { replace: [{ title: `Set num_labels to ${needed}`, text: String(needed) }] }),
    },
  ];
}

/** Regression wants one finite number a row. */
function notNumbers(
  labels: NonNullable<SplitFacts['labels']>,
  split: string,
  document: RuleContext['document'],
): Finding[] {
  const isNumber = (value: unknown) =>
    Number.isFinite(typeof value === 'string' && value.trim() !== '' ? Number(value) : value);
  const odd = labels.find(({ value }) => !isNumber(value));
  if (!odd) return [];
  const message = `${place(odd)}: the label ${shown(odd)} is no finite number; \`regression\` wants one. For classes write \`task: sequence-classification\`.`;
  const path = document.has('data.columns.label') ? 'data.columns.label' : `data.${split}`;
  return [{ code: 'label-not-a-number', message, path }];
}

/** csv holds words, jsonl numbers; true and false are 1 and 0. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') return /^\s*[+-]?\d+(\.\d*)?\s*$/.test(value) ? Number(value) : undefined;
  return typeof value === 'number' ? value : undefined;
}

const shown = ({ value }: Pick<Seen, 'value'>): string => clip(JSON.stringify(value) ?? 'missing');

const place = ({ file, row }: Pick<Seen, 'file' | 'row'>): string =>
  file === undefined ? `Line ${row}` : placeOf({ file, line: row });
