/** The playground: a prompt goes to the extension, the answers of base and adapted model come back in parts. */
import type { PlaygroundItem, PlaygroundSide } from '../../server/protocol/generation.ts';
import type {
  FromPlaygroundView,
  PlaygroundAbout,
  PlaygroundExchange,
  PlaygroundViewState,
  ToPlaygroundView,
} from '../../server/protocol/playground-view.ts';
import { h, setText } from '../shared/dom.ts';
import { Notices } from '../shared/notice.ts';
import { Controls } from './controls.ts';
import { ExchangeCard, sideTitle } from './exchange.ts';
import { historyLimit, restoreView } from './view-state.ts';
import { endingText } from './words.ts';

const host = acquireVsCodeApi<FromPlaygroundView, PlaygroundViewState>();
const about: PlaygroundAbout = JSON.parse(document.body.dataset.about!);
const kept = host.getState();
const view = restoreView(kept?.view);
const sides: PlaygroundSide[] = about.adapted ? ['base', 'adapted'] : ['base'];

const status = h('p', { class: 'subtitle', role: 'status' });
const spoken = h('p', { class: 'visually-hidden', role: 'status' });
const notices = new Notices();
const history = h('div', { class: 'history' });
const clear = h('button', { type: 'button', class: 'secondary', onclick: forget }, 'Clear history');
const controls = new Controls(sides, { generate, stop, changed: remember });
const cards: ExchangeCard[] = view.history.map(cardOf);
let writing: ExchangeCard | undefined;

const header = h(
  'header',
  { class: 'panel-head' },
  h('div', { class: 'title' }, h('h1', {}, about.title), status),
  h('div', { class: 'actions' }, clear),
);
history.append(...cards.map(({ element }) => element));
document.body.append(h('main', { class: 'playground' }, header, notices.element, controls.element, history), spoken);
controls.set(view);
clear.hidden = cards.length === 0;

function cardOf(exchange: PlaygroundExchange): ExchangeCard {
  return new ExchangeCard(exchange, {
    copy: (text) => host.postMessage({ type: 'copy', text }),
    again: (exchange) => {
      controls.set(exchange);
      controls.focus();
      remember();
    },
  });
}

function generate(): void {
  const { prompt, settings, weight } = controls.values;
  const id = `${Date.now()}-${cards.length}`;
  const answers = Object.fromEntries(sides.map((side) => [side, { text: '' }]));
  writing = cardOf({ id, prompt, settings, weight, answers });
  cards.unshift(writing);
  history.prepend(writing.element);
  for (const old of cards.splice(historyLimit)) old.element.remove();
  notices.render([]);
  controls.setWriting(true);
  clear.hidden = false;
  save();
  host.postMessage({ type: 'generate', id, sides, prompt, settings, weight });
}

function stop(): void {
  if (writing) host.postMessage({ type: 'stop', id: writing.exchange.id });
}

function forget(): void {
  stop();
  finish();
  cards.length = 0;
  history.replaceChildren();
  clear.hidden = true;
  save();
  controls.focus();
}

function remember(): void {
  if (!controls.valid) return;
  Object.assign(view, controls.values);
  save();
}

function save(): void {
  view.history = cards.map(({ exchange }) => exchange);
  host.setState({ about, view: { ...view } });
}

/** Text comes many times a second. */
let unsaved = false;
function saveSoon(): void {
  if (unsaved) return;
  unsaved = true;
  setTimeout(() => {
    unsaved = false;
    save();
  }, 300);
}

function finish(): void {
  writing?.cutOff();
  writing = undefined;
  controls.setWriting(false);
  save();
}

function take(item: PlaygroundItem): void {
  if (item.type === 'loaded') {
    controls.setWeighing(item.weighing);
    // A run may have been trained on bare prompts; a model alone is talked to as it asks for.
    controls.setChat(item.chat, about.run === undefined);
    setText(
      status,
      `Loaded${item.device === undefined ? '' : ` on ${item.device}`}; texts of up to ${item.maxLength} tokens`,
    );
    return;
  }
  const card = cards.find(({ exchange }) => exchange.id === item.id);
  if (!card || card.done) return;
  card.take(item);
  if (item.type === 'ended')
    setText(spoken, `${sideTitle(item.side, card.exchange.weight)}: ${endingText(item.ending)}`);
  if (card === writing && card.done) finish();
  else saveSoon();
}

const states = {
  idle: 'The model is loaded with the first prompt',
  unused: 'The model was let go after some minutes without a prompt; the next one loads it again',
  loading: 'Loading the model…',
};

window.addEventListener('message', ({ data }: MessageEvent<ToPlaygroundView>) => {
  switch (data.type) {
    case 'session':
      setText(status, states[data.reason ?? data.state]);
      document.body.dataset.session = data.state;
      break;
    case 'item':
      take(data.item);
      if (data.item.type === 'loaded') document.body.dataset.session = 'loaded';
      break;
    case 'failed': {
      const { message, hint, code } = data.error;
      setText(status, 'No model is loaded');
      document.body.dataset.session = 'idle';
      notices.render([
        { kind: 'error', title: 'The model cannot write', text: message, code, ...(hint !== undefined && { hint }) },
      ]);
      finish();
      break;
    }
  }
});
save();
host.postMessage({ type: 'ready', load: kept === undefined });
controls.focus();
