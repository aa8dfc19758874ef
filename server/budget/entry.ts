/** Which modules one `adapters` entry takes, and what each of its expressions matched. */
import type { Module, ModuleTable } from '../architectures/types.ts';
import { nearest } from '../base/suggest.ts';
import type { Method } from '../methods/types.ts';
import { maxDiagnostics } from '../recipe/findings.ts';
import type { AdapterEntry } from '../recipe/types.ts';
import type { Finding } from './finding.ts';
import { keeper } from './kept.ts';
import { isLinear, type Matches, matchesItem, matchItem, matchText } from './match.ts';
import { Patience } from './pattern.ts';
import type { Coverage } from './types.ts';

export interface EntryMatch {
  modules: Module[];
  coverage: Coverage[];
  findings: Finding[];
}

/** One expression of `target_modules`, or the default targets together. */
interface Expression {
  field: string;
  pattern: string;
  matches: Matches;
  /** A regular expression or `all-linear`, not the item of a list. */
  text?: true;
  /** Named in full: `layers_to_transform` does not apply, as in PEFT. */
  exact: boolean;
}

const kept = keeper<EntryMatch>(({ findings }) => !findings.some(({ code }) => code === 'target-too-slow'));

/** `saved` are modules that this entry trains in full; adapters never sit on them. The same object for the same question: do not change it. */
export function matchEntry(
  entry: AdapterEntry,
  index: number,
  method: Method,
  table: ModuleTable,
  saved: ReadonlySet<Module>,
  patience = new Patience(),
): EntryMatch {
  const { target_modules: targets, exclude_modules: exclude, layers_to_transform: layers } = entry;
  const inFull = [...saved].map(({ name }) => name);
  const key = JSON.stringify([index, method.id, targets, exclude, layers, inFull]);
  return kept(table, key, () => matchNow(entry, index, method, table, saved, patience));
}

function matchNow(
  entry: AdapterEntry,
  index: number,
  method: Method,
  table: ModuleTable,
  saved: ReadonlySet<Module>,
  patience: Patience,
): EntryMatch {
  const at = `adapters.${index}`;
  const expressions = expressionsOf(entry, at, method, table, patience);
  const findings: Finding[] = [];
  if (!Array.isArray(expressions)) return { modules: [], coverage: [], findings: [expressions] };
  const excluded = excludedBy(entry, at, table, findings, patience);
  const layers = entry.layers_to_transform === 'all' ? undefined : new Set(entry.layers_to_transform);
  const taken = new Set<Module>();
  const coverage: Coverage[] = [];
  for (const expression of expressions) {
    const { field, pattern, matches, exact } = expression;
    if ('fault' in matches) {
      findings.push(patternFault(field, pattern, matches));
      continue;
    }
    const adaptable = [...matches.modules].filter((m) => !saved.has(m) && !excluded.has(m));
    const kept = adaptable.filter((m) => exact || !layers || (m.layer !== undefined && layers.has(m.layer)));
    const { needs } = method;
    const fit = needs ? kept.filter((m) => needs.met(m)) : kept;
    const wrong = method.kind === 'matrices' ? kept.filter((m) => !isLinear(m)) : [];
    const unfit = new Set(wrong);
    for (const module of fit) if (!unfit.has(module)) taken.add(module);
    coverage.push({ field, pattern, ...covered(fit, table, layers) });
    if (findings.length >= maxDiagnostics) continue;
    if (wrong.length > 0) findings.push(notLinear(field, pattern, wrong, method));
    else if (needs && kept.length > 0 && fit.length === 0)
      findings.push({ code: needs.code, message: needs.message, path: field });
    else if (kept.length === 0) findings.push(nothing(expression, matches.modules, table, saved, excluded));
  }
  return { modules: table.modules.filter((m) => taken.has(m)), coverage, findings };
}

function expressionsOf(
  entry: AdapterEntry,
  at: string,
  method: Method,
  table: ModuleTable,
  patience: Patience,
): Expression[] | Finding {
  const targets = entry.target_modules;
  if (typeof targets === 'string') {
    const field = `${at}.target_modules`;
    return [{ field, pattern: targets, matches: matchText(table, targets, patience), text: true, exact: false }];
  }
  if (targets !== undefined) {
    if (targets.length === 0)
      return {
        code: 'target-matches-nothing',
        message: 'The list is empty; name modules, or remove it for the defaults.',
        path: `${at}.target_modules`,
      };
    return targets.map((item, i) => ({
      field: `${at}.target_modules.${i}`,
      pattern: item,
      matches: { modules: matchItem(table, item) },
      exact: [...matchItem(table, item)].some((m) => m.name === item || m.storedName === item),
    }));
  }
  if (method.kind === 'parameters')
    return [{ field: at, pattern: 'every module', matches: { modules: new Set(table.modules) }, exact: false }];
  // Methods of the LoRA kind share LoRA's defaults in PEFT.
  const defaults = table.defaultTargets[method.id] ?? table.defaultTargets.lora;
  if (defaults === undefined)
    return {
      code: 'targets-needed',
      message: `PEFT has no default targets for ${table.architecture}; list \`target_modules\`, or use \`all-linear\`.`,
      path: at,
    };
  const matches =
    typeof defaults === 'string'
      ? matchText(table, defaults)
      : { modules: new Set(table.modules.filter((m) => defaults.some((item) => matchesItem(m, item)))) };
  return [{ field: at, pattern: [defaults].flat().join(', '), matches, exact: false }];
}

function excludedBy(
  entry: AdapterEntry,
  at: string,
  table: ModuleTable,
  findings: Finding[],
  patience: Patience,
): ReadonlySet<Module> {
  const { exclude_modules: exclude } = entry;
  if (typeof exclude !== 'string') {
    exclude.forEach((item, i) => {
      if (matchItem(table, item).size > 0) return;
      const message = `\`${item}\` matches no module of the model, so it excludes nothing.${suggestion(item, table)}`;
      const path = `${at}.exclude_modules.${i}`;
      findings.push({ code: 'exclude-matches-nothing', message, path, ...replacement(item, table) });
    });
    return new Set(exclude.flatMap((item) => [...matchItem(table, item)]));
  }
  const matches = matchText(table, exclude, patience);
  const path = `${at}.exclude_modules`;
  if ('fault' in matches) {
    findings.push(patternFault(path, exclude, matches));
    return new Set();
  }
  if (matches.modules.size === 0)
    findings.push({
      code: 'exclude-matches-nothing',
      message: `\`${exclude}\` matches no module of the model, so it excludes nothing.`,
      path,
    });
  return matches.modules;
}

function covered(modules: readonly Module[], table: ModuleTable, layers: Set<number> | undefined) {
  const touched = new Set<number>();
  for (const { layer } of modules) if (layer !== undefined) touched.add(layer);
  const ofLayers = layers ? [...layers].filter((layer) => layer < table.layers).length : table.layers;
  return { modules: modules.map((m) => m.name), layers: touched.size, ofLayers };
}

export function patternFault(
  path: Finding['path'],
  pattern: string,
  { fault, reason }: { fault: Finding['code']; reason: string },
): Finding {
  const advice = fault === 'target-too-slow' ? ' Write it without look-around and nested repeats, or list names.' : '';
  return { code: fault, message: `\`${pattern}\` cannot be used as a regular expression: ${reason}.${advice}`, path };
}

function notLinear(path: string, pattern: string, wrong: readonly Module[], method: Method): Finding {
  const [first] = wrong;
  const kind = first!.kind === 'embedding' ? 'an embedding' : first!.kind === 'norm' ? 'a norm' : 'no linear layer';
  const others = wrong.length > 1 ? ` and ${wrong.length - 1} more` : '';
  const message = `\`${pattern}\` matches ${first!.name} (${kind})${others}; ${method.title} adapts linear layers only. Narrow the target, or train the module with \`modules_to_save\`.`;
  return { code: 'target-not-linear', message, path };
}

function nothing(
  { field: path, pattern, text }: Expression,
  found: ReadonlySet<Module>,
  table: ModuleTable,
  saved: ReadonlySet<Module>,
  excluded: ReadonlySet<Module>,
): Finding {
  const code = 'target-matches-nothing';
  if (found.size > 0) {
    const all = [...found];
    const by = all.every((m) => saved.has(m))
      ? '`modules_to_save` (or the head) has them already'
      : all.every((m) => saved.has(m) || excluded.has(m))
        ? '`exclude_modules` takes them out'
        : '`layers_to_transform` takes them out';
    return { code, message: `\`${pattern}\` matches ${found.size} modules, but ${by}.`, path };
  }
  if (text) return { code, path, ...wholeName(pattern, table) };
  const message = `\`${pattern}\` matches no module of ${table.architecture}.${suggestion(pattern, table)}`;
  return { code, message, path, ...replacement(pattern, table) };
}

/** The fix for a misspelt name, where one comes near. */
export function replacement(word: string, table: ModuleTable): Pick<Finding, 'replace'> {
  const close = nearestModule(word, table);
  return close === undefined ? {} : { replace: [{ title: `Replace with ${close}`, text: close }] };
}

/** A string that matches no whole name: often a list item without its brackets, or an expression without its `.*`. */
function wholeName(pattern: string, table: ModuleTable): Pick<Finding, 'message' | 'replace'> {
  const start = `\`${pattern}\` matches the whole name of no module of ${table.architecture}.`;
  if (table.modules.some((m) => matchesItem(m, pattern)))
    return {
      message: `${start} A name or its end stands in a list: \`[${pattern}]\`.`,
      replace: [{ title: 'Make it a list', text: `[${pattern}]` }],
    };
  const open = matchText(table, `.*${pattern}`);
  if ('modules' in open && open.modules.size > 0) return { message: `${start} Begin it with \`.*\`.` };
  const name = table.modules.find(isLinear)?.name;
  return { message: `${start}${name === undefined ? '' : ` Names look like \`${name}\`.`}` };
}

/** " Did you mean `q_proj`?", or the names that there are. */
export function suggestion(word: string, table: ModuleTable): string {
  const inside = table.modules
    .filter((m) => `.${m.name}`.includes(`.${word}.`) && isLinear(m))
    .map((m) => last(m.name));
  if (inside.length > 0) return ` It is a part of the model that holds ${quoted(inside)}; name these.`;
  if (/[*^$|()\\[]/.test(word)) return ' In a list each item is a name; write a regular expression as one string.';
  const close = nearestModule(word, table);
  if (close !== undefined) return ` Did you mean \`${close}\`?`;
  return ` Linear layers here: ${quoted(table.modules.filter(isLinear).map((m) => last(m.name)))}.`;
}

/** The linear layer whose last name, or last two, come nearest. */
function nearestModule(word: string, table: ModuleTable): string | undefined {
  const names = table.modules.filter(isLinear).map((m) => m.name.split('.'));
  const parts = word.split('.').length;
  return nearest(word, new Set(names.map((name) => name.slice(-parts).join('.'))));
}

const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
const quoted = (names: string[]): string =>
  [...new Set(names)]
    .slice(0, 12)
    .map((name) => `\`${name}\``)
    .join(', ');
