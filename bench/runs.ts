/** What runs.mjs measures with: the client's side of the daemon, and the filter of runs. */
export { matcher, parseQuery } from '../server/metrics/run-filter.ts';
export { connectDaemon } from '../server/wire/connect.ts';
export { allRuns, runPages } from '../server/wire/run-pages.ts';
export { version } from '../server/wire/version.ts';
