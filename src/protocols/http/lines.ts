// The lines of heads, byte by byte: what may stand in one, where it ends, and how long it may be.
//
// A line ends with CRLF and with nothing else. Parsers that take a bare LF, or a NUL, see another message than those which
// don't, and a request can be smuggled through the gap between two of them. So whatever is no text ends the reading.
import { dillError } from "../../errors/index.js";
import type { ByteQueue } from "../../sockets/index.js";

/** In bytes: of a line without its CRLF, and of a head with all of them. */
export interface LineLimits {
  readonly maxLine: number;
  readonly maxHead: number;
}

const lineEnd = "\r\n";
const headEnd = `${lineEnd}${lineEnd}`;
const lines = /^(?:[\t -~\x80-\xff]*\r\n)+$/;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** 1 for each byte that may stand in a line: tab, space, visible ASCII, and what lies beyond ASCII. */
const isText = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0x09 || (byte >= 0x20 && byte !== 0x7f) ? 1 : 0,
);

export class LineReader {
  private readonly limits: LineLimits;
  /** What has come of a line, and its CR. */
  private text = "";
  private length = 0;
  private hasReturn = false;
  /** How long the head is so far. */
  private headLength = 0;
  private kept: string | null = null;
  /** The rest of a head that has come as a whole: lines which are fine, and are not taken yet. */
  private ahead = "";

  constructor(limits: LineLimits) {
    this.limits = limits;
  }

  /** The next line without its CRLF, each byte a character; undefined: more is needed. The empty one ends the head. */
  read(bytes: ByteQueue, syscall: string): string | undefined {
    const { kept } = this;
    this.kept = null;
    if (kept !== null) return kept;
    if (this.headLength === 0) this.lookAhead(bytes);
    const line = this.takeAhead(bytes);
    if (line !== undefined) return line;
    for (let chunk = bytes.first(); chunk !== undefined; chunk = bytes.first()) {
      const end = this.scan(chunk, syscall);
      const count = end === -1 ? chunk.length : end;
      this.text += chunk.toString("latin1", 0, count);
      bytes.drop(count);
      if (end !== -1) return this.takeLine();
    }
    return undefined;
  }

  /**
   * Most heads come in one piece: to look at a whole one, once, costs less than to look at each line. If anything is wrong with it,
   * it is read byte by byte up to there.
   */
  private lookAhead(bytes: ByteQueue): void {
    const chunk = bytes.first();
    if (chunk === undefined) return;
    const end = chunk.indexOf(headEnd, 0, "latin1");
    if (end === -1 || this.headLength + end + headEnd.length > this.limits.maxHead) return;
    const text = chunk.toString("latin1", 0, end + headEnd.length);
    if (lines.test(text)) this.ahead = text;
  }

  private takeAhead(bytes: ByteQueue): string | undefined {
    const length = this.ahead.indexOf(lineEnd);
    if (length === -1) return undefined;
    const count = length + lineEnd.length;
    const line = this.ahead.slice(0, length);
    this.ahead = length > this.limits.maxLine ? "" : this.ahead.slice(count);
    if (length > this.limits.maxLine) return undefined;
    this.headLength = length === 0 ? 0 : this.headLength + count;
    bytes.drop(count);
    return line;
  }

  /** Where the next line begins in the chunk, or -1. */
  private scan(chunk: Buffer, syscall: string): number {
    const { maxLine, maxHead } = this.limits;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      this.headLength += 1;
      if (this.headLength > maxHead) throw tooLong("head", maxHead, syscall);
      if (this.hasReturn) {
        if (byte !== lineFeed) throw illegal(carriageReturn, syscall);
        return i + 1;
      }
      if (byte === carriageReturn) {
        this.hasReturn = true;
      } else if (isText[byte] === 0) {
        throw illegal(byte, syscall);
      } else {
        this.length += 1;
        if (this.length > maxLine) throw tooLong("line", maxLine, syscall);
      }
    }
    return -1;
  }

  private takeLine(): string {
    const line = this.text.slice(0, this.length);
    if (line === "") this.headLength = 0;
    this.begin();
    return line;
  }

  private begin(): void {
    this.text = "";
    this.length = 0;
    this.hasReturn = false;
  }

  /** A line that is none may end with its next byte. */
  get missing(): number {
    return 1;
  }

  get isBetween(): boolean {
    return this.text === "" && this.kept === null;
  }

  /** The next `read` returns it again. */
  putBack(line: string): void {
    this.kept = line;
  }

  /** The bytes of a line that was not read to its end, or put back. */
  giveBack(): Buffer {
    const line = this.kept === null ? "" : `${this.kept}\r\n`;
    const bytes = Buffer.from(line + this.text, "latin1");
    this.kept = null;
    this.ahead = "";
    this.headLength = 0;
    this.begin();
    return bytes;
  }
}

function illegal(byte: number, syscall: string): Error {
  const shown = `0x${byte.toString(16).padStart(2, "0")}`;
  const message = `the byte ${shown} stands where it can't in a head; lines end with CRLF`;
  return dillError("EPROTO", syscall, { message });
}

function tooLong(what: "line" | "head", limit: number, syscall: string): Error {
  const message = `the peer sends a ${what} of more than ${limit} bytes: see httpAttach`;
  return dillError("EMSGSIZE", syscall, { message });
}
