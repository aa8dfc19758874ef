/** What Hugging Face `datasets` writes about columns: into dataset_info.json, and as metadata of Parquet and Arrow files. */
import { isRecord } from '../base/record.ts';

/** Names of classes by column from `features` of a dataset_info; empty where it declares none or is something else. */
export function classNames(features: unknown): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [column, feature] of Object.entries(isRecord(features) ? features : {}))
    if (isRecord(feature) && Array.isArray(feature.names) && feature.names.every((name) => typeof name === 'string'))
      found[column] = feature.names;
  return found;
}

/** The same from the metadata `huggingface` of a file. Metadata that does not parse declares nothing; its rows count. */
export function classNamesIn(metadata: string | undefined): Record<string, string[]> {
  if (metadata === undefined) return {};
  try {
    return classNames((JSON.parse(metadata) as { info?: { features?: unknown } })?.info?.features);
  } catch {
    return {};
  }
}
