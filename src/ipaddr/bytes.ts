// An address's text and its bytes. The text is what Node's net.isIP takes, and nothing more: no "127.1", no "0127.0.0.1".

/** 4 bytes; undefined if the text is no IPv4 address. */
export function ipv4Bytes(text: string): number[] | undefined {
  const parts = text.split(".");
  const areBytes = parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return parts.length === 4 && areBytes ? parts.map(Number) : undefined;
}

/** 16 bytes; undefined if the text, without its zone, is no IPv6 address. */
export function ipv6Bytes(text: string): number[] | undefined {
  const hex = withoutDots(text);
  const [front = "", back, ...more] = hex?.split("::") ?? [];
  if (hex === undefined || more.length > 0) return undefined;
  const [before, behind] = [groupsOf(front), groupsOf(back ?? "")];
  const missing = 8 - before.length - behind.length;
  if (back === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array.from({ length: missing }, () => "0"), ...behind];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.flatMap((group) => {
    const word = Number.parseInt(group, 16);
    return [word >> 8, word & 255];
  });
}

/** The last two groups may be written as an IPv4 address. */
function withoutDots(text: string): string | undefined {
  if (!text.includes(".")) return text;
  const start = text.lastIndexOf(":") + 1;
  const bytes = ipv4Bytes(text.slice(start));
  return bytes && text.slice(0, start) + wordsOf(bytes).map(hexOf).join(":");
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":");
}

/** The text as inet_ntop(3) writes it: of all texts of one address always the same. */
export function addressText(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join(".");
  const words = wordsOf(bytes);
  const { start, length } = longestGap(words);
  if (start === 0 && (length === 6 || (length === 5 && words[5] === 0xffff))) {
    return `::${length === 5 ? "ffff:" : ""}${bytes.slice(12).join(".")}`;
  }
  const groups = words.map(hexOf);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

/** The first of the longest runs of zeros. */
function longestGap(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  words.forEach((word, i) => {
    length = word === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: i + 1 - length, length };
  });
  return best;
}

function wordsOf(bytes: readonly number[]): number[] {
  const words: number[] = [];
  for (let i = 0; i < bytes.length; i += 2) {
    words.push(((bytes[i] as number) << 8) | (bytes[i + 1] as number));
  }
  return words;
}

function hexOf(word: number): string {
  return word.toString(16);
}
