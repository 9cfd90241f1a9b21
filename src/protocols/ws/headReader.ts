// A whole head of HTTP's as one message.
import type { ByteQueue, Reader } from "../../sockets/index.js";
import { type HttpField, parseField } from "../http/head.js";
import { LineReader } from "../http/lines.js";

export interface Head<T> {
  readonly first: T;
  readonly fields: readonly HttpField[];
}

const limits = { maxLine: 8192, maxHead: 65536 };

export class HeadReader<T> implements Reader<Head<T>> {
  private readonly parse: (line: string, syscall: string) => T;
  private readonly syscall: string;
  private readonly lines = new LineReader(limits);
  private first: T | undefined;
  private readonly fields: HttpField[] = [];

  constructor(parse: (line: string, syscall: string) => T, syscall: string) {
    this.parse = parse;
    this.syscall = syscall;
  }

  read(bytes: ByteQueue): Head<T> | undefined {
    for (;;) {
      const line = this.lines.read(bytes, this.syscall);
      if (line === undefined) return undefined;
      if (this.first === undefined) this.first = this.parse(line, this.syscall);
      else if (line === "") return { first: this.first, fields: this.fields };
      else this.fields.push(parseField(line, this.syscall));
    }
  }

  get missing(): number {
    return this.lines.missing;
  }

  get isBetween(): boolean {
    return this.first === undefined && this.lines.isBetween;
  }

  /** Whoever gives up a handshake closes the socket. */
  giveBack(): undefined {}
}
