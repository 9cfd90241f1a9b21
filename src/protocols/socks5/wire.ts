// The messages of SOCKS5 (RFC 1928) and of its passwords (RFC 1929), as bytes.
//
// A reader only looks at a message until all of it has come. So whoever is cut short has taken nothing, and what comes behind
// the last message is the tunnel's.
import { dillError } from "../../errors/index.js";
import { bytesOf, type Ipaddr, ipaddrFromBytes } from "../../ipaddr/index.js";
import type { Operation } from "../../kernel/index.js";
import {
  type ByteQueue,
  type BytestreamMethods,
  type Reader,
  receiveWith,
} from "../../sockets/index.js";

/** The version of the protocol, and that of passwords. */
const version = 5;
const passwordVersion = 1;
/** Types of addresses. */
const ipv4 = 1;
const name = 3;
const ipv6 = 4;
/** Methods of authentication. */
export const noMethod = 0xff;
export const withoutPassword = 0;
export const withPassword = 2;

/** Of what can be said in one byte. */
export const maxText = 255;

/** Whether the text can be the name of a host: it holds no spaces and nothing that is not shown. */
export function isHostName(text: unknown): text is string {
  return isSayable(text) && /^[^\0- \x7f]+$/.test(text);
}

/** Half a character has no bytes in UTF-8: Node puts U+FFFD in its place, and that would be another name. */
export function isSayable(text: unknown): text is string {
  return (
    typeof text === "string" && !/\p{Surrogate}/u.test(text) && Buffer.byteLength(text) <= maxText
  );
}

interface Format<T> {
  /** How long the message is, or at least, as far as can be seen by now. Throws EPROTO for what is none. */
  measure(bytes: ByteQueue): number;
  parse(message: Buffer): T;
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Where a connection is to go, or ends. */
export interface Target {
  /** A name, or an address as text. */
  readonly host: string;
  readonly port: number;
  /** Undefined if the host is a name. */
  readonly addr: Ipaddr | undefined;
}

/** The methods that a client offers. */
export const greeting: Format<readonly number[]> = {
  measure(bytes) {
    checkByte(bytes, 0, version, "version");
    return 2 + Math.max(bytes.byteAt(1), 0);
  },
  parse: (message) => [...message.subarray(2)],
};

/** The method that a proxy has chosen. */
export const choice: Format<number> = {
  measure(bytes) {
    checkByte(bytes, 0, version, "version");
    return 2;
  },
  parse: (message) => message[1] as number,
};

export const credentials: Format<Credentials> = {
  measure(bytes) {
    checkByte(bytes, 0, passwordVersion, "version of passwords");
    const userLength = Math.max(bytes.byteAt(1), 0);
    return 3 + userLength + Math.max(bytes.byteAt(2 + userLength), 0);
  },
  parse(message) {
    const end = 2 + (message[1] as number);
    const user = textIn(message.subarray(2, end));
    const password = textIn(message.subarray(end + 1));
    if (user === undefined || password === undefined) throw malformed("a login is not UTF-8");
    return { user, password };
  },
};

/** Whether a password is right: 0, and nothing else. */
export const verdict: Format<number> = {
  measure(bytes) {
    checkByte(bytes, 0, passwordVersion, "version of passwords");
    return 2;
  },
  parse: (message) => message[1] as number,
};

/** A command or a reply, which look alike. */
export const request: Format<{ readonly code: number; readonly target: Target }> = {
  measure(bytes) {
    checkByte(bytes, 0, version, "version");
    checkByte(bytes, 2, 0, "reserved byte");
    const type = bytes.byteAt(3);
    if (type === ipv4) return 10;
    if (type === ipv6) return 22;
    if (type === name) return 7 + Math.max(bytes.byteAt(4), 0);
    if (type === -1) return 5;
    throw malformed(`there is no type ${type} of addresses`);
  },
  parse(message) {
    const code = message[1] as number;
    const end = message.length - 2;
    const port = message.readUInt16BE(end);
    if (message[3] === name) {
      const host = textIn(message.subarray(5, end)) ?? ""; // which is no name
      return { code, target: { host, port, addr: undefined } };
    }
    const addr = ipaddrFromBytes([...message.subarray(4, end)], port);
    return { code, target: { host: addr.address, port, addr } };
  },
};

/** undefined: the bytes are not UTF-8, so that Node's text would be that of others. */
function textIn(bytes: Buffer): string | undefined {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

function checkByte(bytes: ByteQueue, at: number, expected: number, what: string): void {
  const byte = bytes.byteAt(at);
  if (byte !== -1 && byte !== expected) throw malformed(`the ${what} is ${byte}, not ${expected}`);
}

function malformed(message: string): Error {
  return dillError("EPROTO", "", { message });
}

class OneMessage<T> implements Reader<T> {
  private readonly format: Format<T>;
  /** Whether the stream may end before it: the dialogue has not begun. */
  readonly isBetween: boolean;
  missing = 1;

  constructor(format: Format<T>, isBetween: boolean) {
    this.format = format;
    this.isBetween = isBetween;
  }

  read(bytes: ByteQueue): T | undefined {
    const length = this.format.measure(bytes);
    this.missing = Math.max(length - bytes.length, 1);
    if (bytes.length < length) return undefined;
    const message = Buffer.allocUnsafeSlow(length);
    bytes.moveTo(message, 0);
    return this.format.parse(message);
  }

  giveBack(): undefined {}
}

/** Receives one message of the dialogue. */
export function receive<T>(
  methods: BytestreamMethods,
  format: Format<T>,
  deadline: number,
  syscall: string,
): Operation<T> {
  return receiveWith(methods, new OneMessage(format, format === greeting), deadline, syscall);
}

export function greetingOf(offered: readonly number[]): Buffer {
  return Buffer.from([version, offered.length, ...offered]);
}

export function choiceOf(method: number): Buffer {
  return Buffer.from([version, method]);
}

export function credentialsOf(user: Buffer, password: Buffer): Buffer {
  const lengths = [user, password].map((text) => Buffer.from([text.length]));
  const [userLength, passwordLength] = lengths as [Buffer, Buffer];
  return Buffer.concat([
    Buffer.from([passwordVersion]),
    userLength,
    user,
    passwordLength,
    password,
  ]);
}

export function verdictOf(isRight: boolean): Buffer {
  return Buffer.from([passwordVersion, isRight ? 0 : 0xff]);
}

/** A zone means nothing to the other side, and is not sent. */
export function requestOf(code: number, { host, port, addr }: Target): Buffer {
  const bytes = addr === undefined ? Buffer.from(host) : Buffer.from(bytesOf(addr));
  const type = addr === undefined ? [name, bytes.length] : [addr.family === "ipv4" ? ipv4 : ipv6];
  return Buffer.from([version, code, 0, ...type, ...bytes, port >> 8, port & 0xff]);
}
