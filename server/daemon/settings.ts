/** What can be set from outside, by environment variables. */
export interface Settings {
  /** Without a request and with an empty queue the daemon stops after this long. */
  idleSeconds: number;
  /** Without a prompt a playground lets its model go after this long. */
  playgroundSeconds: number;
  /** Jobs that may run at the same time. */
  concurrency: number;
  /** Jobs that may wait. */
  queueLimit: number;
}

export const readSettings = (env: NodeJS.ProcessEnv): Settings => ({
  idleSeconds: positive(env.RANKWISE_IDLE_SECONDS) ?? 600,
  playgroundSeconds: positive(env.RANKWISE_PLAYGROUND_SECONDS) ?? 600,
  concurrency: Math.max(1, Math.floor(positive(env.RANKWISE_JOBS) ?? 1)),
  queueLimit: Math.floor(positive(env.RANKWISE_QUEUE_LIMIT) ?? 1000),
});

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value > 0 ? value : undefined;
}
