/** `adapter_config.json` in the editor: judged as the recipe entry that it once was, on its base, and against its weights. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { RankwiseError } from '../base/errors.ts';
import { isRecord } from '../base/record.ts';
import type { Analysis, World } from '../budget/types.ts';
import { configName } from '../checkpoint/peft.ts';
import { peftTypes } from '../checkpoint/peft-fields.ts';
import { entryOf } from '../checkpoint/saved-adapter.ts';
import { loadSavedWeights, type SavedWeights } from '../checkpoint/saved-weights.ts';
import { fieldFindings } from '../inspect/fields.ts';
import { judge, recipeOf, spelt, tasksOf } from '../inspect/judge.ts';
import type { AdapterFinding } from '../inspect/weights.ts';
import type { Diagnostic } from '../protocol/diagnostics.ts';
import { byPosition } from '../recipe/findings.ts';
import type { Recipe } from '../recipe/types.ts';
import { FileCache } from './filecache.ts';
import type { RecipeFiles } from './files.ts';
import { type Place, pathKey, placesOf } from './json-places.ts';

export const isAdapterConfig = (uri: string): boolean => uri.startsWith('file:') && uri.endsWith(`/${configName}`);

export interface AdapterConfigState {
  document: TextDocument;
  places: ReadonlyMap<string, Place>;
  /** As the recipe `adapters: [{ path }]` on the base; empty where that is not known. */
  analysis: Analysis;
  world: World;
  diagnostics: Diagnostic[];
}

/** Characters; an AdaLoRA of a large model has a few hundred thousand. */
const maxLength = 8 * 2 ** 20;

/** The recipe's word for a field of PEFT. */
export const recipeField = (name: string): string => Object.keys(spelt).find((own) => spelt[own] === name) ?? name;

export class AdapterConfigs {
  private readonly files: RecipeFiles;
  private readonly weights: FileCache<SavedWeights>;
  private readonly roots: () => readonly string[];
  private readonly remembered = new Map<string, { key: string; state: AdapterConfigState }>();
  private generation = 0;

  constructor(files: RecipeFiles, roots: () => readonly string[], changed: () => void) {
    this.files = files;
    this.roots = roots;
    this.weights = new FileCache(
      async (dir) => loadSavedWeights(dir),
      () => {
        this.generation++;
        changed();
      },
    );
  }

  now(document: TextDocument): AdapterConfigState {
    const key = `${document.version} ${this.files.generation} ${this.generation}`;
    const known = this.remembered.get(document.uri);
    // An editor may open a text anew without having closed it.
    if (known?.key === key && known.state.document === document) return known.state;
    const state = this.judge(document);
    this.remembered.set(document.uri, { key, state });
    return state;
  }

  /** As `now`, after the files have been read, or after `limit` ms. */
  async settled(document: TextDocument, limit: number): Promise<AdapterConfigState> {
    const file = fileURLToPath(document.uri);
    const config = read(document);
    await Promise.all([
      this.weights.settled(path.dirname(file)),
      ...(config ? this.bases(config, file) : []).map(([recipe, from]) => this.files.settle(recipe, from, limit)),
    ]);
    return this.now(document);
  }

  recheckFiles(): void {
    this.weights.recheck();
  }

  forget(uri: string): void {
    this.remembered.delete(uri);
  }

  private judge(document: TextDocument): AdapterConfigState {
    const file = fileURLToPath(document.uri);
    const config = read(document);
    // The editor's own JSON support says what is wrong with the syntax.
    if (!config) return { document, places: new Map(), ...nothing, diagnostics: [] };
    const places = placesOf(document.getText());
    const findings = fieldFindings(config);
    const judged = this.onBase(config, file, findings);
    const diagnostics = findings.map((finding) => diagnosticOf(finding, document, places)).sort(byPosition);
    return { document, places, ...judged, diagnostics };
  }

  /** Adds what does not fit the base, or the weights. */
  private onBase(config: Record<string, unknown>, file: string, findings: AdapterFinding[]) {
    let entry: ReturnType<typeof entryOf>;
    try {
      entry = entryOf(config, path.dirname(file));
    } catch (error) {
      if (!(error instanceof RankwiseError)) throw error;
      const { code, field = 'peft_type' } = error;
      if (peftTypes.includes(String(config.peft_type)))
        findings.push({
          code,
          severity: code === 'unsupported-adapter' ? 'information' : 'error',
          message: said(error),
          at: [[field]],
        });
      return nothing;
    }
    const bases = this.bases(config, file).map(([recipe, from]) => this.files.known(recipe, from));
    const base = bases.find(({ model }) => model !== undefined);
    if (!base?.model) {
      const fault = bases[0]?.modelError;
      if (fault && bases.every(({ modelError }) => modelError)) findings.push(baseUnknown(fault));
      return nothing;
    }
    const weights = this.weights.get(path.dirname(file));
    const shapes = weights && 'shapes' in weights ? weights.shapes : undefined;
    const judged = judge(entry, String(config.base_model_name_or_path), base.model, shapes);
    findings.push(...judged.findings);
    if (weights && 'error' in weights && weights.error.code !== 'file-not-readable')
      findings.push({
        code: weights.error.code,
        severity: 'error',
        message: weights.error.message,
        at: [['peft_type']],
      });
    return { analysis: judged.analysis, world: judged.world };
  }

  /** Where the base may be: from the adapter's folder, or from where it was trained, by the task if one is named. */
  private bases(config: Record<string, unknown>, file: string): [Recipe, file: string][] {
    const { base_model_name_or_path: base } = config;
    if (typeof base !== 'string' || base === '') return [];
    const folders = [path.dirname(file), ...this.roots()];
    return folders.flatMap((folder) =>
      tasksOf(config).map((one): [Recipe, string] => [recipeOf(base, one).partial, path.join(folder, configName)]),
    );
  }
}

const nothing: Pick<AdapterConfigState, 'analysis' | 'world'> = {
  analysis: { diagnostics: [], claims: [], saved: [], coverage: [], methods: [] },
  world: {},
};

function read(document: TextDocument): Record<string, unknown> | undefined {
  const text = document.getText();
  if (text.length > maxLength) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // half-typed
  }
}

const baseUnknown = ({ message }: { message: string }): AdapterFinding => ({
  code: 'base-not-known',
  severity: 'information',
  message: `${message}; targets, ranks and weights are not checked against the base.`,
  at: [['base_model_name_or_path']],
});

const said = ({ message, hint }: RankwiseError): string => [message, hint].filter(Boolean).join(' ');

function diagnosticOf(
  { code, severity, message, at, onKey }: AdapterFinding,
  document: TextDocument,
  places: AdapterConfigState['places'],
): Diagnostic {
  const place = at.map((one) => places.get(pathKey(one))).find((one) => one !== undefined) ?? places.get('peft_type');
  const [start, end] = (onKey ? place?.key : undefined) ?? place?.value ?? [0, Math.min(1, document.getText().length)];
  return { code, severity, message, range: { start: document.positionAt(start), end: document.positionAt(end) } };
}
