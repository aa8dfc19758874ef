/** Opens the spectra of a recipe's model, of a run and its base, of a model folder, or of an adapter folder. */
import { Uri, window } from 'vscode';
import type { Services } from '../services.ts';
import { ofRecipe, ofRun, ofUri, pickSpectrum } from './spectrum-targets.ts';
import { demandTrust, pickRun, runOf } from './targets.ts';

export async function showSpectrum(services: Services, argument: unknown): Promise<void> {
  if (!(await demandTrust())) return;
  const about = await aboutOf(services, argument);
  if (about) services.spectra.show(about);
}

async function aboutOf(services: Services, argument: unknown) {
  if (runOf(argument) !== undefined) {
    const record = await pickRun(services, argument, '', '');
    return record && ofRun(services, record);
  }
  if (argument instanceof Uri) return ofUri(services, argument);
  // A lens gives its recipe's URI as text.
  if (typeof argument === 'string') return ofUri(services, Uri.parse(argument));
  const active = window.activeTextEditor?.document;
  return active?.languageId === 'peft' ? ofRecipe(services, active.uri) : pickSpectrum(services);
}
