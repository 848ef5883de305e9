// The plain column of a tag that says which digests its facts may name, so that the tags of a deleted digest are found
// without reading every document of the repository. Twelve digits of each: another digest that begins with the same ones
// costs a look at a tag too many.
import type { Fact } from '../../core/facts.ts';
import type { Digest } from '../../core/names.ts';

const DIGITS = 12;
/** Below the limit of a property. */
const MAX_CHARACTERS = 30_000;
/** More than fit: it may be any digest. */
const ANY = '*';

const shortDigest = (digest: Digest) => {
  const start = digest.indexOf(':') + 1;
  return digest.slice(start, start + DIGITS);
};

export function toDigestsColumn(facts: readonly Pick<Fact, 'digest'>[]): string {
  const column = [...new Set(facts.map(({ digest }) => shortDigest(digest)))].join(' ');
  return column.length > MAX_CHARACTERS ? ANY : column;
}

/** @returns a test of the column of a row, which rows of older releases lack: these may name any digest */
export function namingAnyOf(digests: ReadonlySet<Digest>): (column: unknown) => boolean {
  const wanted = new Set([...digests].map(shortDigest));
  return (column) => typeof column !== 'string' || column === ANY || column.split(' ').some((name) => wanted.has(name));
}
