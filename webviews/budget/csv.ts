/** The rows that are shown, in their order, as a file. Pure. */
import { quoted } from '../shared/csv.ts';
import type { Row } from './rows.ts';

const head = 'method,form,rank,trainable,percent,adapter_bytes,shared_bytes,update_rank,over_budget,present';

export function rowsCsv(rows: readonly Row[]): string {
  const lines = rows.map((row) =>
    [
      row.method,
      quoted(row.form),
      row.rank ?? '',
      row.trainable,
      row.percent,
      row.adapterBytes,
      row.sharedBytes,
      row.updateRank,
      row.over,
      row.present,
    ].join(','),
  );
  return `${[head, ...lines].join('\n')}\n`;
}
