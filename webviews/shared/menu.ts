/** A button that opens a few commands below it. */
import { h } from './dom.ts';

export interface MenuItem {
  label: string;
  title: string;
  act(): void;
}

/** Arrow keys move in it, Escape and whatever lies outside close it. */
export function menuButton(label: string, title: string, items: readonly MenuItem[]): HTMLElement {
  const list = h('div', { class: 'menu', role: 'menu', hidden: true });
  const button = h(
    'button',
    { type: 'button', class: 'quiet', title, 'aria-label': title, 'aria-haspopup': 'menu', 'aria-expanded': 'false' },
    label,
  );
  const holder = h('span', { class: 'menu-holder' }, button, list);
  const show = (open: boolean) => {
    list.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
  };
  const entries = items.map(({ label: text, title: told, act }) =>
    h(
      'button',
      {
        type: 'button',
        role: 'menuitem',
        tabindex: -1,
        title: told,
        onclick: () => {
          show(false);
          button.focus();
          act();
        },
      },
      text,
    ),
  );
  list.append(...entries);
  button.addEventListener('click', () => {
    show(list.hasAttribute('hidden'));
    if (!list.hidden) entries[0]?.focus();
  });
  holder.addEventListener('keydown', (event) => {
    if (list.hidden) return;
    const at = entries.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === 'Escape') {
      show(false);
      button.focus();
    } else if (to !== undefined) entries.at(to % entries.length)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  holder.addEventListener('focusout', ({ relatedTarget }) => {
    if (!holder.contains(relatedTarget as Node | null)) show(false);
  });
  return holder;
}
