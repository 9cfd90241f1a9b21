import { printable } from "./printable.js";

/**
 * Looks at a value that somebody has thrown. It may be anything: a proxy that was revoked, an object whose getters
 * throw. Whatever goes wrong with the look, the answer is `otherwise`.
 */
export function inspectSafely<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/** The value as text of one line, for messages. */
export function textOf(value: unknown): string {
  return inspectSafely(() => printable(String(value)), "a value that can't be shown");
}

/** The text, or its beginning if it has more than so many characters. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
