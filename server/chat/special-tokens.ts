/** The special tokens that the files of a tokenizer name: templates write them, and some count beside the vocabulary. */

const names = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((name) => `${name}_token`);

/** The text of a special token, which stands as it is or as an object with `content`. */
export function contentOf(token: unknown): string | undefined {
  const content = typeof token === 'object' && token !== null ? (token as { content?: unknown }).content : token;
  return typeof content === 'string' ? content : undefined;
}

/** By name (`eos_token`, …), as text. `config`: tokenizer_config.json, and what special_tokens_map.json says besides. */
export function namedTokens(config: Record<string, unknown>): Record<string, string> {
  const found = names.map((name) => [name, contentOf(config[name])] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Those and the further ones, as their definitions. */
export function specialTokens(config: Record<string, unknown>): { content: string }[] {
  const lists = [config.additional_special_tokens, config.extra_special_tokens];
  const more = lists.flatMap((list) => (typeof list === 'object' && list !== null ? Object.values(list) : []));
  return [...names.map((name) => config[name]), ...more].flatMap((token) => {
    const content = contentOf(token);
    if (content === undefined || content === '') return [];
    return [typeof token === 'object' ? (token as { content: string }) : { content }];
  });
}
