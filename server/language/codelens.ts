import type { CodeLens } from 'vscode-languageserver-types';
import { bytes, count, percent } from '../base/units.ts';
import type { Estimate } from '../budget/types.ts';
import { methodOf } from '../methods/registry.ts';
import type { RecipeState } from './state.ts';

const top = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** One line at the top of the recipe: *Run*, what can be opened of it, and what it costs, filled in when the editor shows it; one above its data. */
export function codeLenses(state: RecipeState): CodeLens[] {
  const data = state.recipe.keyRangeOf('data');
  return [
    { range: top, command: { title: '$(play) Run', command: 'rankwise.run', arguments: [state.uri] } },
    { range: top, command: { title: '$(pulse) Spectrum', command: 'rankwise.showSpectrum', arguments: [state.uri] } },
    {
      range: top,
      command: { title: '$(graph-scatter) Compare', command: 'rankwise.compareMethods', arguments: [state.uri] },
    },
    {
      range: top,
      command: { title: '$(comment-discussion) Playground', command: 'rankwise.playground', arguments: [state.uri] },
    },
    // Last: it comes later than the others, which must not move, and is the one that may be cut off in a narrow editor.
    { range: top, data: state.uri },
    ...(data
      ? [
          {
            range: data,
            command: { title: '$(open-preview) Preview data', command: 'rankwise.previewData', arguments: [state.uri] },
          },
        ]
      : []),
  ];
}

/** A lens whose command is empty is shown as text. */
export function resolveLens(lens: CodeLens, state: RecipeState | undefined): CodeLens {
  return { ...lens, command: { title: state ? summary(state) : '', command: '' } };
}

function summary({ analysis, diagnostics }: RecipeState): string {
  if (analysis.estimate) return costs(analysis.estimate);
  const errors = diagnostics.filter((d) => d.severity === 'error').length;
  return errors > 0
    ? `no estimate: ${errors} ${errors === 1 ? 'error' : 'errors'}`
    : 'no estimate: the model is not known';
}

/** "786,432 trainable · 0.22% · adapter 3 MiB · ~1.9 GiB memory" */
function costs(estimate: Estimate): string {
  const { trainableParameters, allParameters, adapters, adapterBytes, sharedBytes, memory } = estimate;
  const result = adapters.some(({ method }) => methodOf(method)?.result === 'model') ? 'model' : 'adapter';
  return [
    `${count(trainableParameters)} trainable`,
    percent(trainableParameters / allParameters),
    ...(adapterBytes > 0 ? [`${result} ${bytes(adapterBytes)}`] : []),
    ...(sharedBytes > 0 ? [`shared ${bytes(sharedBytes)}`] : []),
    `~${bytes(memory.expected)} memory`,
  ].join(' · ');
}
