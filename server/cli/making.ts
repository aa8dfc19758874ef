/** Commands that make something of saved adapters: done, or with `--plan` only said. */
import { RankwiseError } from '../base/errors.ts';
import type { AdapterResult, AdapterTask } from '../protocol/adapters.ts';
import type { BackendName } from '../protocol/backends.ts';
import { kept } from './adapter-options.ts';
import type { ExitCode } from './command.ts';
import type { Io } from './output.ts';
import { work } from './processes.ts';
import { shortPath } from './report.ts';

export const planOption = {
  type: 'boolean',
  doc: 'Say what it would make, how exact and how large, and write nothing.',
} as const;

export async function make(
  task: AdapterTask,
  { output, plan, io, backend }: { output: string; plan: boolean; io: Io; backend?: BackendName },
): Promise<ExitCode> {
  if (plan) {
    const [planned] = (await work('plan', { tasks: [task] })).plans;
    if ('error' in planned!) throw RankwiseError.from(planned.error);
    io.value(planned!.plan);
    io.say(planned!.plan.summary);
    return 0;
  }
  const { kind, ...params } = task;
  const result: AdapterResult & { method?: string } = await work(kind, {
    ...params,
    output,
    ...(backend && { backend }),
  } as never);
  io.value(result);
  io.say(`${shortPath(result.path)} (${[result.method, kept(result)].filter(Boolean).join(', ')})`);
  return 0;
}
