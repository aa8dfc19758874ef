/** Whether the chat template of a recipe can be read, and takes the first conversations of the data and the prompts of samples. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ChatFacts } from '../chat/facts.ts';
import type { JudgedRows } from '../chat/libraries/judge.ts';
import { namedTokens } from '../chat/special-tokens.ts';
import { readHead } from '../datafiles/head.ts';
import { isLayout, layoutOf } from '../datafiles/layouts.ts';
import { resolveData } from '../datafiles/named.ts';
import type { SplitName } from '../datafiles/splits.ts';
import type { SplitFacts } from '../datafiles/types.ts';
import { isChatTemplateName } from '../recipe/chat-templates.ts';
import type { Recipe } from '../recipe/types.ts';
import type { Loaded } from './workspace.ts';

export interface ChatAsk {
  /** The model's folder. */
  model: string;
  template?: string;
  task: string;
  columns: Record<string, string>;
  train?: string | string[];
  validation?: string | string[];
  prompts: string[];
}

/** Rows of each split that are rendered. */
const rendered = 20;

/** What there is to look at; undefined for a recipe without conversations, or whose data is not known. */
export function chatOf(
  { model, data, training }: Recipe,
  dir: string,
  train: SplitFacts | undefined,
): ChatAsk | undefined {
  if (!data || !train) return undefined;
  const { task } = model;
  const { columns, validation } = data;
  const talks = isConversation(task, columns, train.columns);
  const prompts = training.samples?.chat === true ? training.samples.prompts : [];
  if (!talks && prompts.length === 0) return undefined;
  return {
    model: dir,
    ...(data.chat_template !== undefined && { template: data.chat_template }),
    ...(talks && { train: data.train }),
    ...(talks && validation !== undefined && typeof validation !== 'number' && { validation }),
    ...{ task, columns, prompts },
  };
}

/** Of prompts and completions the rows say whether they are messages. */
const layouts = ['messages', 'prompt-completion'] as const;

const isConversation = (task: string, columns: Record<string, string>, found: readonly string[]): boolean =>
  task === 'causal-lm' && layouts.some((layout) => isLayout(layout, task, columns, found));

/** Relative paths start at the recipe's folder. Faults come back as data; what is wrong with the files themselves is told elsewhere. */
export async function loadChat(folder: string, ask: ChatAsk): Promise<Loaded<ChatFacts>> {
  const { model, template: wanted, prompts } = ask;
  const template = wanted === undefined || isChatTemplateName(wanted) ? wanted : path.resolve(folder, wanted);
  const files = ['chat_template.jinja', ...configs].map((name) => path.join(model, name));
  if (template !== undefined && !isChatTemplateName(template)) files.push(template);
  const named = namedIn(model);
  if (!named) return { value: {}, files };
  const [train, validation] = await Promise.all([
    headOf(folder, ask.train, 'train', ask),
    headOf(folder, ask.validation, 'validation', ask),
  ]);
  const { judgeChat } = await import('../chat/libraries/judge.ts');
  const value = await judgeChat({
    folder: model,
    named,
    ...(template !== undefined && { template }),
    rows: { ...(train.judged && { train: train.judged }), ...(validation.judged && { validation: validation.judged }) },
    prompts,
  });
  return { value, files: [...files, ...train.files, ...validation.files] };
}

const configs = ['special_tokens_map.json', 'tokenizer_config.json'];

/** Undefined where a file is no JSON: nothing can be said then. */
function namedIn(model: string): Record<string, string> | undefined {
  try {
    return namedTokens(Object.assign({}, ...configs.map((name) => jsonIn(path.join(model, name)))));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function jsonIn(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // Absent, as it may be.
    return {};
  }
  return JSON.parse(text) as Record<string, unknown>;
}

async function headOf(
  folder: string,
  specs: string | string[] | undefined,
  role: SplitName,
  { task, columns: named }: ChatAsk,
): Promise<{ judged?: JudgedRows; files: string[] }> {
  if (specs === undefined) return { files: [] };
  const around = [specs].flat().map((spec) => path.resolve(folder, spec));
  try {
    const head = await readHead(await resolveData(specs, { folder, role }), { rows: rendered });
    const files = [...head.files, ...around];
    const { name, columns } = layoutOf(task, named, head.columns, head.files[0] ?? '');
    const layout = layouts.find((one) => one === name);
    // Of large values a head may be without their column.
    const rows = head.rows.filter(({ values }) =>
      Object.values(columns).every((column) => values[column] !== undefined),
    );
    return layout ? { judged: { layout, columns, rows }, files } : { files };
  } catch {
    // `loadSplit` meets the same and says it.
    return { files: around };
  }
}
