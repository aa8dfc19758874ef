import { count } from '../../base/units.ts';
import { clip } from '../../recipe/findings.ts';
import { sentence } from './model.ts';
import type { Rule } from './rule.ts';
import { usesTokenizer } from './tokenizer.ts';

/** A tokenizer that cannot be read, or that writes tokens which the model has no vectors for. */
export const vocabulary: Rule = {
  codes: ['vocabulary-too-large', 'bad-tokenizer'],
  severity: 'error',
  check(context) {
    const { model, vocabulary: found, vocabularyFault: fault } = context.world;
    const uses = usesTokenizer(context);
    const path = 'model.path';
    if (!model || !uses) return [];
    if (fault) return [{ code: fault.code, message: sentence(fault), path }];
    // Of prompts alone the tokens that they have are looked at.
    if (!found?.beyond || uses === 'prompts') return [];
    const { size, beyond } = found;
    const message =
      `The tokenizer has ${count(size)} tokens and the model's embedding ${count(model.table.shape.vocab)}: the first without a vector is ${clip(JSON.stringify(beyond.token))} (${beyond.id}). ` +
      'Take the tokenizer that belongs to the model, or enlarge the model in Python: `model.resize_token_embeddings(len(tokenizer))`, then `save_pretrained`.';
    return [{ code: 'vocabulary-too-large', message, path }];
  },
};
