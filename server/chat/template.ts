/** Chat templates (Jinja), rendered as transformers renders them; and which characters of the result the assistant wrote. */
import { Template } from '@huggingface/jinja';
import { sharedStart } from '../base/shared-start.ts';
import type { Message } from './messages.ts';
import { replaceStrips, strips } from './strips.ts';

export interface Rendered {
  text: string;
  /** From and to (code units) of each answer with what ends it, in order. */
  spans: [number, number][];
}

/** What a template says when it refuses a conversation; the message is the template's own. */
export class TemplateRefusal extends Error {}

/** Characters that are no text, by Unicode's own word. */
const [opening, closing] = ['\ufdd0', '\ufdd1'];
const marks = new RegExp(`[${opening}${closing}]`, 'g');
const generationTag = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;

export class ChatTemplate {
  private readonly template: Template;
  /** It says itself what the assistant writes. */
  private readonly hasBlocks: boolean;
  private readonly named: Record<string, string>;

  /** `named` are the special tokens (`bos_token`, …). Throws an Error when the template is no Jinja. */
  constructor(source: string, named: Record<string, string>) {
    this.named = named;
    // A mark where a generation block begins and ends. The empty statements take the places of the tag's ends, so that blanks and
    // line breaks around it go as they would.
    const marked = source.replace(generationTag, (_, left: string, end: string | undefined, right: string) => {
      const mark = end ? closing : opening;
      return `{%${left} set _ = 0 %}{{ "${mark}" }}{% set _ = 0 ${right}%}`;
    });
    this.hasBlocks = marked !== source;
    this.template = new Template(marked);
    replaceStrips(this.template.parsed);
  }

  /** The text of a conversation; `prompt` adds what an answer of the assistant begins with. Throws TemplateRefusal. */
  render(messages: readonly Message[], prompt = false): string {
    const text = this.run(messages, prompt);
    return this.hasBlocks ? text.replace(marks, '') : text;
  }

  /** The text of a whole conversation, and where the answers are in it. Throws TemplateRefusal. */
  answers(messages: readonly Message[]): Rendered {
    const text = this.run(messages, false);
    if (!this.hasBlocks) return this.byPrefixes(messages, text);
    const spans: [number, number][] = [];
    let start = 0;
    let seen = 0;
    for (const { index, 0: mark } of text.matchAll(marks)) {
      if (mark === opening) start = index - seen;
      else if (index - seen > start) spans.push([start, index - seen]);
      seen++;
    }
    return { text: text.replace(marks, ''), spans };
  }

  /** Without generation blocks: an answer is what it adds to the text before it with the prompt for an answer. */
  private byPrefixes(messages: readonly Message[], text: string): Rendered {
    const spans: [number, number][] = [];
    messages.forEach((message, i) => {
      if (message.role !== 'assistant') return;
      const before = this.render(messages.slice(0, i), true);
      if (!text.startsWith(before))
        throw new TemplateRefusal(
          `it writes the messages before answer ${i + 1} differently once the answer follows, so that no loss can be put on the answer alone`,
        );
      const end = i + 1 === messages.length ? text.length : this.endOf(messages, i, text);
      spans.push([before.length, withoutBreak(text, end, message.content)]);
    });
    return { text, spans };
  }

  /** Where answer `i` with what closes it ends in the text of all messages. */
  private endOf(messages: readonly Message[], i: number, text: string): number {
    const upTo = this.render(messages.slice(0, i + 1));
    if (text.startsWith(upTo)) return upTo.length;
    // The template writes the last answer differently (with its thoughts, say): a mark at the end of the answer finds it in both.
    const marked = messages.map((each, k) => (k === i ? { ...each, content: each.content + closing } : each));
    const [all, alone] = [this.render(marked), this.render(marked.slice(0, i + 1))];
    const at = all.indexOf(closing);
    if (at < 0 || all.replace(closing, '') !== text)
      throw new TemplateRefusal(`it changes answer ${i + 1}, so that its end cannot be found`);
    return at + sharedStart(text.slice(at), alone.slice(alone.indexOf(closing) + 1));
  }

  private run(messages: readonly Message[], prompt: boolean): string {
    try {
      return this.template.render({
        ...strips,
        messages,
        tools: null,
        documents: null,
        add_generation_prompt: prompt,
        ...this.named,
      });
    } catch (error) {
      throw new TemplateRefusal((error as Error).message, { cause: error });
    }
  }
}

/** The line break behind the token that ends an answer is the template's, unless it is all that ends it. */
function withoutBreak(text: string, end: number, content: string): number {
  const kept = text.slice(0, end).trimEnd();
  return kept.endsWith(content.trimEnd()) ? end : kept.length;
}
