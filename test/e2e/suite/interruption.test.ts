import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { readRecord } from '../../../server/wire/connect.ts';
import { openPlaces } from '../../../server/wire/places.ts';
import { api, eventsOf, launch, open, tree, until, untilState } from './workbench.ts';

const command = (name: string, record: RunRecord) =>
  vscode.commands.executeCommand<RunRecord | undefined>(`rankwise.${name}`, { run: record.run });
const steps = (run: string) => eventsOf(run).filter(({ event }) => event === 'step').length;
const daemonPid = () => readRecord(openPlaces())?.pid;

/** Each event that stands on disk reached the panel exactly once, whatever happened in between. */
async function shownWhole(run: string): Promise<void> {
  const { panels } = await api();
  await until('the panel to have all events', () => panels()[run] === eventsOf(run).length);
}

describe('a run that is stopped', () => {
  afterEach(async () => {
    for (const record of (await api()).runs())
      if (record.state === 'running' || record.state === 'queued') {
        await command('cancel', record);
        await untilState(record.run, 'cancelled');
      }
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is cancelled with a checkpoint and goes on from there', async () => {
    await open('long.peft');
    const record = await launch('long.peft');
    await until('some steps', () => steps(record.run) > 15);
    await command('cancel', record);
    const cancelled = await untilState(record.run, 'cancelled');
    assert.ok((await tree()).Stopped?.some((label) => label.startsWith('long cancelled')));

    await command('resume', record);
    await until('steps after the resume', () => steps(record.run) > cancelled.step + 5);
    const resumed = eventsOf(record.run).find(({ event }) => event === 'resumed');
    assert.equal((resumed as { step: number }).step, cancelled.step);
    await command('cancel', record);
    await untilState(record.run, 'cancelled');
    await shownWhole(record.run);
  });

  it('waits in the queue behind another one', async () => {
    await open('long.peft');
    const first = await launch('long.peft');
    const second = await launch('tiny.peft');
    await untilState(first.run, 'running');
    assert.deepEqual((await tree())['In Progress']!.length, 2);
    await command('cancel', first);
    await untilState(second.run, 'finished');
  });

  it('is found again and marked when the daemon is killed, and is resumed', async () => {
    await open('long.peft');
    const record = await launch('long.peft');
    await until('a checkpoint', () => eventsOf(record.run).some(({ event }) => event === 'checkpoint'));
    const killed = daemonPid()!;
    process.kill(killed, 'SIGKILL');
    await untilState(record.run, 'interrupted');
    assert.notEqual(daemonPid(), killed);

    const before = steps(record.run);
    await command('resume', record);
    await until('steps after the resume', () => steps(record.run) > before + 5);
    await command('cancel', record);
    await untilState(record.run, 'cancelled');
    await shownWhole(record.run);
  });

  it('keeps its runs when the daemon is restarted', async () => {
    const before = daemonPid();
    const known = (await api()).runs().map(({ run }) => run);
    await vscode.commands.executeCommand('rankwise.restartDaemon');
    assert.notEqual(daemonPid(), before);
    assert.deepEqual(
      (await api()).runs().map(({ run }) => run),
      known,
    );
  });
});
