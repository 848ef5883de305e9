/**
 * The pattern of LIKE as a regular expression over the whole text: `%` is any run of characters, `_` any one;
 * after the escape character both mean themselves. Undefined if the escape character has nothing to escape.
 */
export function compileLike(pattern: string, escapeCharacter: string | undefined): RegExp | undefined {
  let source = '';
  let isEscaped = false;
  for (const character of pattern) {
    if (!isEscaped && character === escapeCharacter) {
      isEscaped = true;
      continue;
    }
    source += isEscaped ? literally(character) : (WILDCARDS[character] ?? literally(character));
    isEscaped = false;
  }
  return isEscaped ? undefined : new RegExp(`^${source}$`, 'su');
}

const WILDCARDS: Readonly<Record<string, string>> = { '%': '.*', _: '.' };

const literally = (character: string) => character.replace(/[\^$\\.*+?()[\]{}|/]/, '\\$&');
