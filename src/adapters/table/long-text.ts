// JSON that may be too long for one string property (64 KiB, 32 Ki characters) lies in several, `name0`, `name1`, ….

/** Below the limit, with room to spare. */
const PROPERTY_CHARACTERS = 32_000;

/** In ASCII, so that no character can be torn when the text is split. */
export function toAsciiJson(value: unknown): string {
  // Not a letter more than JSON needs: almost always there is nothing to replace.
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function splitText(name: string, text: string): Record<string, string> {
  const properties: Record<string, string> = {};
  for (let start = 0; start < text.length; start += PROPERTY_CHARACTERS) {
    properties[`${name}${start / PROPERTY_CHARACTERS}`] = text.slice(start, start + PROPERTY_CHARACTERS);
  }
  return properties;
}

/** @returns the empty text when there is no such property */
export function joinText(name: string, properties: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (let index = 0; ; index += 1) {
    const part = properties[`${name}${index}`];
    if (typeof part !== 'string') {
      return text;
    }
    text += part;
  }
}

/** What is said in many words elsewhere is kept in about this many. */
const WORDS_CHARACTERS = 500;

/** Cuts the words of others, which may be of any length, so that they fit where many of them are kept. */
export function shortened(words: string, limit = WORDS_CHARACTERS): string {
  return words.length <= limit ? words : `${words.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
