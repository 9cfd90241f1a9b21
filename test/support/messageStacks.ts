// Message protocols, as tests of what they all do see them. A protocol that is added here is covered at once.
import {
  type Bytestream,
  type MessageSocket,
  type Operation,
  prefixAttach,
  prefixDetach,
  type PrefixSocket,
  suffixAttach,
  suffixDetach,
  type SuffixSocket,
  termAttach,
  termDetach,
  type TermSocket,
} from "libdill-ts";

export interface MessageStack {
  readonly name: string;
  /** What the functions that attach and detach are called in errors. */
  readonly syscalls: { readonly attach: string; readonly detach: string };
  /** Puts all layers on a bytestream. */
  readonly attach: (s: Bytestream, maxSize?: number) => MessageSocket;
  /** Takes one layer off. Term's ends the conversation. */
  readonly detach: (s: MessageSocket, deadline: number) => Operation<Bytestream | MessageSocket>;
  /** Whether what was detached is the bytestream. */
  readonly isBare: boolean;
  /** A message as it goes over the bytestream. */
  readonly frame: (message: Uint8Array) => Buffer;
  /** A message that it can't carry, if there is one. */
  readonly unsendable?: Buffer;
}

const prefix: MessageStack = {
  name: "prefix",
  syscalls: { attach: "prefix_attach", detach: "prefix_detach" },
  attach: (s, maxSize) => prefixAttach(s, 4, { maxSize }),
  detach: (s) => atOnce(() => prefixDetach(s as PrefixSocket)),
  isBare: true,
  frame(message) {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(message.length);
    return Buffer.concat([header, message]);
  },
};

const suffix: MessageStack = {
  name: "suffix",
  syscalls: { attach: "suffix_attach", detach: "suffix_detach" },
  attach: (s, maxSize = 2 ** 24) => suffixAttach(s, "\r\n", { maxSize }),
  detach: (s) => atOnce(() => suffixDetach(s as SuffixSocket)),
  isBare: true,
  frame: (message) => Buffer.concat([message, Buffer.from("\r\n")]),
  unsendable: Buffer.from("two\r\nlines"),
};

export const messageStacks: readonly MessageStack[] = [
  prefix,
  suffix,
  termOver(prefix),
  termOver(suffix),
];

function termOver(beneath: MessageStack): MessageStack {
  return {
    ...beneath,
    name: `term(${beneath.name})`,
    syscalls: { attach: "term_attach", detach: "term_detach" },
    attach: (s, maxSize) => termAttach(beneath.attach(s, maxSize), "bye"),
    detach: (s, deadline) => termDetach(s as TermSocket, deadline),
    isBare: false,
    unsendable: Buffer.from("bye"),
  };
}

/** A plain function as an operation. */
function atOnce<T>(call: () => T): Operation<T> {
  return {
    *[Symbol.iterator]() {
      return call();
    },
  };
}
