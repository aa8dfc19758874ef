/** The spectrum panel: receives spectra from the extension matrix by matrix, and keeps what the person set. */
import type { FromSpectrumView, SpectrumViewState, ToSpectrumView } from '../../server/protocol/spectrum-view.ts';
import { onThemeChange, readColours, readTheme } from '../shared/theme.ts';
import type { SpectrumTheme } from './colours.ts';
import { SpectrumModel } from './model.ts';
import { SpectrumPanel } from './panel.ts';
import { restoreView } from './view-state.ts';

const host = acquireVsCodeApi<FromSpectrumView, SpectrumViewState>();
/** What the page is about: kept from its first moment on, so that any reload finds it. `data-about` is a `SpectrumViewState`. */
const about = document.body.dataset.about;
let kept: SpectrumViewState =
  about === undefined ? (host.getState() ?? { subjects: [] }) : (JSON.parse(about) as SpectrumViewState);
const view = restoreView(host.getState()?.view ?? kept.view);
const model = new SpectrumModel();
const save = () => {
  kept = { ...kept, view: { ...view } };
  host.setState(kept);
};
const panel = new SpectrumPanel(model, view, themeNow(), (message) => host.postMessage(message), save);
document.body.append(panel.element);
document.body.dataset.state = 'waiting';
onThemeChange(() => panel.setTheme(themeNow()));
window.rankwiseSpectrum = { charts: () => panel.charts() };

function themeNow(): SpectrumTheme {
  const [surface, cursor, cut] = readColours(['--surface', '--cursor', '--cut']);
  return { ...readTheme(), surface: surface!, cursor: cursor!, cut: cut! };
}

window.addEventListener('message', ({ data }: MessageEvent<ToSpectrumView>) => {
  switch (data.type) {
    case 'init': {
      model.init(data);
      const { recipe: _, ...others } = kept;
      kept = {
        ...others,
        subjects: data.subjects,
        ...(data.recipe !== undefined && { recipe: data.recipe }),
      };
      document.title = data.subjects.map(({ title }) => title).join(' and ');
      panel.started();
      break;
    }
    case 'items':
      if (model.take(data.subject, data.items)) panel.listed();
      else panel.received(data.items.some(({ type }) => type !== 'values' && type !== 'progress'));
      break;
    case 'ended':
      model.end(data.subject, data.result, data.error);
      panel.received(true);
      break;
    case 'cuts':
      model.setCuts(data.cuts);
      panel.cutsChanged();
      break;
    case 'refused':
      panel.refused([data.error.message, data.error.hint].filter(Boolean).join(' '));
      break;
  }
});
save();
host.postMessage({ type: 'ready' });
