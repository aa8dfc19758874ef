/** What a title and a tag of a run may be; the daemon demands it, and the editor says it while one is typed. */
export const longestTitle = 200;
export const longestTag = 40;
export const mostTags = 50;

const control = /\p{Cc}|[\u2028\u2029]/u;

/** Why this cannot be a title, as "must be …"; undefined where it can. Spaces around it are taken away. */
export function titleFault(given: string): string | undefined {
  const title = given.trim();
  const fits = title !== '' && [...title].length <= longestTitle && !control.test(title);
  return fits ? undefined : `must be one line of 1 to ${longestTitle} characters`;
}

/** As `titleFault`, of a tag. */
export function tagFault(given: string): string | undefined {
  const tag = given.trim();
  const fits = tag !== '' && [...tag].length <= longestTag && !control.test(tag);
  return fits ? undefined : `must be 1 to ${longestTag} characters on one line`;
}

/** Tags are the same whatever the case. */
export const sameTag = (a: string, b: string): boolean => tagKey(a) === tagKey(b);

const tagKey = (tag: string): string => tag.normalize('NFC').toLowerCase();
