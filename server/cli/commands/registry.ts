/** Every command, in the order of the help. */
import type { Command } from '../command.ts';
import { backend } from './backend.ts';
import { cancel } from './cancel.ts';
import { compare } from './compare.ts';
import { compose } from './compose.ts';
import { daemon } from './daemon.ts';
import { doctor } from './doctor.ts';
import { estimate } from './estimate.ts';
import { evaluate } from './evaluate.ts';
import { explain } from './explain.ts';
import { exportCommand } from './export.ts';
import { forward } from './forward.ts';
import { generate } from './generate.ts';
import { importCommand } from './import.ts';
import { importRun } from './import-run.ts';
import { inspect } from './inspect.ts';
import { label } from './label.ts';
import { merge } from './merge.ts';
import { preview } from './preview.ts';
import { python } from './python.ts';
import { remove } from './remove.ts';
import { report } from './report.ts';
import { restore } from './restore.ts';
import { resume } from './resume.ts';
import { run } from './run.ts';
import { runs } from './runs.ts';
import { spectrum } from './spectrum.ts';
import { trash } from './trash.ts';
import { validate } from './validate.ts';

export const commands: readonly Command[] = [
  validate,
  explain,
  estimate,
  compare,
  preview,
  run,
  resume,
  cancel,
  runs,
  label,
  remove,
  restore,
  trash,
  report,
  evaluate,
  generate,
  forward,
  spectrum,
  inspect,
  merge,
  compose,
  exportCommand,
  importCommand,
  importRun,
  python,
  doctor,
  backend,
  daemon,
];
