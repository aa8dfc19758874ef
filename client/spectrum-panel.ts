/** A spectrum panel: has the spectra of its subjects computed while it is shown, and writes ranks into the recipe that it came from. */
import path from 'node:path';
import { type Disposable, l10n, Uri, type WebviewPanel, workspace } from 'vscode';
import { errorData } from '../server/base/errors.ts';
import { recipeFile } from '../server/base/run-folder.ts';
import type {
  FromSpectrumView,
  SpectrumCut,
  SpectrumSubject,
  ToSpectrumView,
} from '../server/protocol/spectrum-view.ts';
import { pickComparison } from './commands/spectrum-targets.ts';
import { showError } from './messages.ts';
import { loadPage } from './page.ts';
import { editRecipe } from './recipe-edit.ts';
import { type Savable, saveFile } from './save-file.ts';
import type { SpectrumServices } from './services.ts';
import { SpectrumStream } from './spectrum-stream.ts';
import { asComparison, type SpectrumAbout } from './spectrum-subjects.ts';

/** Milliseconds without a keystroke before the recipe is asked again. */
const pause = 300;

interface Subject {
  subject: SpectrumSubject;
  stream: SpectrumStream;
  items: number;
  ended: boolean;
}

export class SpectrumPanel {
  readonly panel: WebviewPanel;
  private about: SpectrumAbout;
  private readonly services: SpectrumServices;
  private subjects: Subject[] = [];
  private cuts: SpectrumCut[] = [];
  /** The page is there and listens: a hidden panel loses its page, and says `ready` again when it is shown. */
  private live = false;
  private typing: NodeJS.Timeout | undefined;

  constructor(panel: WebviewPanel, about: SpectrumAbout, services: SpectrumServices) {
    this.panel = panel;
    this.about = about;
    this.services = services;
    this.retitle();
    loadPage(panel, services.context.extensionUri, {
      title: 'Spectrum',
      script: 'spectrum.js',
      styles: ['base.css', 'charts.css', 'spectrum.css'],
      data: { about: JSON.stringify(about) },
    });
    const stop: Disposable[] = [
      panel.webview.onDidReceiveMessage((message: FromSpectrumView) => this.receive(message)),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.sleep();
      }),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && document.uri.fsPath === this.about.recipe) this.recipeChanged();
      }),
    ];
    panel.onDidDispose(() => {
      for (const each of stop) each.dispose();
      this.sleep();
    });
  }

  /** What came so far, for tests. */
  get progress() {
    return this.subjects.map(({ subject, items, ended }) => ({ ...subject, items, ended }));
  }

  async receive(message: FromSpectrumView): Promise<void> {
    try {
      await this.answer(message);
    } catch (error) {
      void showError(this.services.log, error);
    }
  }

  private async answer(message: FromSpectrumView): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.live = true;
        return this.begin();
      case 'useRank':
        return this.useRank(message.matrix, message.rank);
      case 'compare': {
        const [first] = this.about.subjects;
        const picked = await pickComparison(this.services, first!);
        return picked && this.show(asComparison(first!, picked));
      }
      case 'uncompare':
        return this.show(this.about.subjects.slice(0, 1));
      case 'restart':
        return this.subjects[message.subject]?.stream.start();
      case 'stop':
        return this.subjects[message.subject]?.stream.stop();
      case 'save':
        return this.save(message.name, message.content);
    }
  }

  private show(subjects: SpectrumSubject[]): Promise<void> {
    this.about = { ...this.about, subjects };
    this.retitle();
    return this.begin();
  }

  /** Everything anew: what was computed before comes from the cache. */
  private async begin(): Promise<void> {
    this.end();
    if (!this.live) return;
    const { subjects, recipe } = this.about;
    this.post({ type: 'init', subjects, cuts: this.cuts, ...(recipe !== undefined && { recipe }) });
    this.subjects = subjects.map((subject, index) => this.follow(subject, index));
    await Promise.all([this.readCuts(), ...this.subjects.map(({ stream }) => stream.start())]);
  }

  private follow(subject: SpectrumSubject, index: number): Subject {
    const { model, adapter } = subject;
    const state: Subject = {
      subject,
      items: 0,
      ended: false,
      stream: new SpectrumStream({
        daemon: this.services.daemon,
        params: () => {
          const kernel = workspace.getConfiguration('rankwise').get<string>('linalg', 'auto');
          return {
            model,
            ...(adapter !== undefined && { adapter, of: ['base', 'merged', 'update'] }),
            ...(kernel !== 'auto' && { kernel }),
          };
        },
        onItems: (items) => {
          state.items += items.length;
          state.ended = false;
          this.post({ type: 'items', subject: index, items });
        },
        onEnd: (end) => {
          state.ended = true;
          if (end.error) this.services.log.warn(`${subject.title}: ${end.error.code}: ${end.error.message}`);
          this.post({ type: 'ended', subject: index, ...end });
        },
      }),
    };
    return state;
  }

  private recipeChanged(): void {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => void this.readCuts(), pause);
  }

  /** Of the recipe, or of the run's. While the recipe is faulty the last ones stay. */
  private async readCuts(): Promise<void> {
    const { recipe, run, subjects } = this.about;
    const file = recipe ?? (run && recipeFile(run));
    if (file === undefined || !this.live) return;
    try {
      const answer = await this.services.language.spectrum(Uri.file(file));
      if ('diagnostics' in answer) return;
      // The recipe may be about another model by now.
      this.cuts = subjects.some(({ model }) => model === answer.model) ? answer.cuts : [];
      this.post({ type: 'cuts', cuts: this.cuts });
    } catch (error) {
      this.services.log.warn(`the cuts of ${file} are not known: ${error}`);
    }
  }

  private async useRank(matrix: string, rank: number): Promise<void> {
    const { recipe } = this.about;
    if (recipe === undefined) return;
    try {
      const uri = Uri.file(recipe);
      await editRecipe(uri, () => this.services.language.rankEdit(uri, { matrix, rank }));
    } catch (error) {
      this.post({ type: 'refused', error: errorData(error) });
    }
  }

  private save(name: string, content: Savable): Promise<void> {
    const { recipe, subjects } = this.about;
    const folder = recipe ? Uri.file(path.dirname(recipe)) : workspace.workspaceFolders?.[0]?.uri;
    return saveFile(folder ?? Uri.file(path.dirname(subjects[0]!.model)), name, content, l10n.t('Save the Spectrum'));
  }

  private post(message: ToSpectrumView): void {
    if (this.live) void this.panel.webview.postMessage(message);
  }

  private end(): void {
    for (const { stream } of this.subjects) stream.dispose();
    this.subjects = [];
  }

  private sleep(): void {
    this.live = false;
    clearTimeout(this.typing);
    this.end();
  }

  private retitle(): void {
    const titles = this.about.subjects.map(({ title }) => title).join(' | ');
    this.panel.title = l10n.t('Spectrum: {0}', titles);
  }
}
