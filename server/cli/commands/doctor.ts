import { command } from '../command.ts';
import { showReports } from '../doctor-text.ts';
import { work } from '../processes.ts';

export const doctor = command({
  name: 'doctor',
  summary: 'Which backends can start here, and why the others cannot.',
  positionals: [],
  options: {},
  async run({ io }) {
    const report = await work('doctor', {});
    io.value(report);
    showReports(report.backends, io);
    return 0;
  },
});
