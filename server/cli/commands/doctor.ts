import { command } from '../command.ts';
import { work } from '../processes.ts';

export const doctor = command({
  name: 'doctor',
  summary: 'Which backends can start here, and why the others cannot.',
  positionals: [],
  options: {},
  async run({ io }) {
    const report = await work('doctor', {});
    io.value(report);
    for (const { name, available, version, reason, fix } of report.backends) {
      const mark = available ? io.paint('green', '✓') : io.paint('yellow', '✗');
      io.say(`${mark} ${name}${version ? ` ${version}` : ''}${reason ? `: ${reason}` : ''}`);
      if (fix) io.say(`    ${fix}`);
    }
    return 0;
  },
});
