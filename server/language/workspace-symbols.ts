/** Recipes and their adapters over the workspace's `.peft` files: read in bounds, and again only where a file changed. */
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Location, SymbolKind, type WorkspaceSymbol } from 'vscode-languageserver-types';
import { methodOf, methods } from '../methods/registry.ts';
import { parseRecipe } from '../recipe/parse.ts';
import type { RecipeDocument } from '../recipe/types.ts';
import { maxLength } from '../recipe/yaml.ts';

/** A workspace of recipes is small; whoever opens a whole disk gets the first of them. */
const maxFiles = 1_000;
const maxEntries = 50_000;
const maxResults = 1_000;
const maxDepth = 12;
/** Milliseconds for which a look at the folders holds, and milliseconds after which it ends with what it has. */
const fresh = 2_000;
const patience = 1_000;
/** Of no interest, and large. */
const skipped = new Set(['node_modules', '__pycache__', 'venv', 'site-packages', 'checkpoints']);

interface Known {
  /** Size and time. */
  signature: string;
  symbols: WorkspaceSymbol[];
}

export class WorkspaceSymbols {
  private readonly known = new Map<string, Known>();
  private files: string[] = [];
  private lookedAt = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | undefined;

  /** `opened`: the recipes whose text in the editor stands above the file's, by URI. */
  async find(
    roots: readonly string[],
    query: string,
    opened: ReadonlyMap<string, RecipeDocument>,
  ): Promise<WorkspaceSymbol[]> {
    if (performance.now() - this.lookedAt > fresh) {
      this.looking ??= this.look(roots).finally(() => {
        this.looking = undefined;
        this.lookedAt = performance.now();
      });
      await this.looking;
    }
    const inEditor = [...opened].flatMap(([uri, recipe]) => symbolsOf(uri, recipe));
    const onDisk = this.files.flatMap((file) => (opened.has(uriOf(file)) ? [] : (this.known.get(file)?.symbols ?? [])));
    return [...inEditor, ...onDisk].filter(({ name }) => fits(name, query)).slice(0, maxResults);
  }

  /** The editor says that files came, went or changed. */
  forget(): void {
    this.lookedAt = Number.NEGATIVE_INFINITY;
  }

  private async look(roots: readonly string[]): Promise<void> {
    const until = performance.now() + patience;
    const files = await recipesBelow(roots, until);
    for (const file of files) {
      if (performance.now() > until) break;
      await this.read(file);
    }
    for (const file of this.known.keys()) if (!files.includes(file)) this.known.delete(file);
    this.files = files;
  }

  private async read(file: string): Promise<void> {
    try {
      const handle = await open(file, 'r');
      try {
        const { mtimeMs, size } = await handle.stat();
        const signature = `${mtimeMs}:${size}`;
        if (this.known.get(file)?.signature === signature) return;
        const text = size > maxLength ? undefined : await handle.readFile('utf8');
        const recipe = text === undefined ? undefined : parseRecipe(text, methods, path.parse(file).name);
        this.known.set(file, { signature, symbols: recipe ? symbolsOf(uriOf(file), recipe) : [] });
      } finally {
        await handle.close();
      }
    } catch {
      // Gone since the folder was read, or not ours to read: it has no symbols.
      this.known.delete(file);
    }
  }
}

const uriOf = (file: string): string => pathToFileURL(file).href;

/** Plain files alone: links may lead around in circles, and pipes are waited for. */
async function recipesBelow(roots: readonly string[], until: number): Promise<string[]> {
  const found: string[] = [];
  let seen = 0;
  let level = [...roots];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
    const below: string[] = [];
    for (const folder of level) {
      if (performance.now() > until) return found;
      // A folder that cannot be read holds nothing for us.
      for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
        if (++seen > maxEntries || found.length >= maxFiles) return found;
        if (entry.isDirectory() && !entry.name.startsWith('.') && !skipped.has(entry.name))
          below.push(path.join(folder, entry.name));
        else if (entry.isFile() && entry.name.endsWith('.peft')) found.push(path.join(folder, entry.name));
      }
    }
    level = below;
  }
  return found;
}

/** The recipe at its first line, its adapters at their names. */
function symbolsOf(uri: string, recipe: RecipeDocument): WorkspaceSymbol[] {
  const { name, adapters } = recipe.partial;
  const at = (range: Location['range']): Location => ({ uri, range });
  const top = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  return [
    { name, kind: SymbolKind.File, location: at(recipe.rangeOf('name') ?? top) },
    ...adapters.map((entry, i) => ({
      name: entry.name,
      kind: SymbolKind.Object,
      containerName: [name, methodOf(entry.method)?.title].filter((part) => part !== undefined).join(' · '),
      location: at(recipe.rangeOf(['adapters', i, 'name']) ?? recipe.rangeOf(['adapters', i]) ?? top),
    })),
  ];
}

/** The letters of the query in their order, as editors filter. */
function fits(name: string, query: string): boolean {
  const text = name.toLowerCase();
  let at = 0;
  for (const letter of query.toLowerCase().replace(/\s/g, '')) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
