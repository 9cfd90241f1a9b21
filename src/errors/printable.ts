// Values of others in messages. A line break in one could forge a line of a log, an escape sequence could rewrite what a
// terminal shows, and a change of direction could make a text read as another one.

const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_C}\ufeff]/gu;

/** The text in one line: control characters, changes of direction and halves of characters as JSON escapes them. */
export function printable(text: string): string {
  return text.replace(unprintable, escaped);
}

function escaped(character: string): string {
  const inJson = JSON.stringify(character).slice(1, -1);
  if (inJson !== character) return inJson;
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
