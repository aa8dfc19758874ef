/** Whether a value of foreign JSON or YAML is an object with fields, no list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
