/** Point series as charts need them. */
export * from '../../server/base/series.ts';
