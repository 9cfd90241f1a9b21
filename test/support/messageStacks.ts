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
import {
  wsAttachClient,
  wsAttachServer,
  wsDetach,
  type WsOptions,
  type WsSocket,
} from "libdill-ts/ws";
import { maskedFrame, plainFrame } from "./wsFrames.js";

export interface MessageStack {
  readonly name: string;
  /** What the functions that attach and detach are called in errors. */
  readonly syscalls: { readonly attach: string; readonly detach: string };
  /** Puts all layers on a bytestream. */
  readonly attach: (s: Bytestream, maxSize?: number) => Operation<MessageSocket>;
  /** The same for the other end, where that is another role. */
  readonly attachPeer: (s: Bytestream) => Operation<MessageSocket>;
  /** Takes one layer off. Term's and ws's end the conversation. */
  readonly detach: (s: MessageSocket, deadline: number) => Operation<Bytestream | MessageSocket>;
  /** Whether what was detached is the bytestream. */
  readonly isBare: boolean;
  /** A message as it comes from the other end. */
  readonly frame: (message: Uint8Array) => Buffer;
  /** How many bytes the first read of a message asks for. */
  readonly firstRead: number;
  /** Whether it tells a peer who sends what is no message, and sends nothing more. */
  readonly saysWhy: boolean;
  /** A message that it can't carry, if there is one. */
  readonly unsendable?: Buffer;
}

/** Both ends do the same, and nothing is said beside the messages. */
function plain(
  stack: Omit<MessageStack, "attach" | "attachPeer" | "saysWhy" | "firstRead">,
  attach: (s: Bytestream, maxSize?: number) => MessageSocket,
): MessageStack {
  return {
    ...stack,
    attach: (s, maxSize) => atOnce(() => attach(s, maxSize)),
    attachPeer: (s) => atOnce(() => attach(s)),
    firstRead: stack.frame(Buffer.alloc(0)).length,
    saysWhy: false,
  };
}

const prefix = plain(
  {
    name: "prefix",
    syscalls: { attach: "prefix_attach", detach: "prefix_detach" },
    detach: (s) => atOnce(() => prefixDetach(s as PrefixSocket)),
    isBare: true,
    frame(message) {
      const header = Buffer.alloc(4);
      header.writeUInt32BE(message.length);
      return Buffer.concat([header, message]);
    },
  },
  (s, maxSize) => prefixAttach(s, 4, { maxSize }),
);

const suffix = plain(
  {
    name: "suffix",
    syscalls: { attach: "suffix_attach", detach: "suffix_detach" },
    detach: (s) => atOnce(() => suffixDetach(s as SuffixSocket)),
    isBare: true,
    frame: (message) => Buffer.concat([message, Buffer.from("\r\n")]),
    unsendable: Buffer.from("two\r\nlines"),
  },
  (s, maxSize = 2 ** 24) => suffixAttach(s, "\r\n", { maxSize }),
);

const ws: MessageStack = {
  name: "ws",
  syscalls: { attach: "ws_attach_server", detach: "ws_detach" },
  attach: (s, maxSize) => wsAttachServer(s, silent({ maxSize }), -1),
  attachPeer: (s) => wsAttachClient(s, { noHttp: true }, -1),
  detach: (s, deadline) => wsDetach(s as WsSocket, 1000, "", deadline),
  isBare: false,
  frame: (message) => maskedFrame(0x82, message),
  firstRead: 2,
  saysWhy: true,
};

const wsTexts: MessageStack = {
  ...ws,
  name: "ws of texts, as a client",
  syscalls: { attach: "ws_attach_client", detach: "ws_detach" },
  attach: (s, maxSize) =>
    wsAttachClient(s, { ...silent({ maxSize, text: true }), noHttp: true }, -1),
  attachPeer: (s) => wsAttachServer(s, silent({ text: true }), -1),
  frame: (message) => plainFrame(0x81, message),
  unsendable: Buffer.from([0x61, 0xe2, 0x82, 0x41]),
};

function silent(options: WsOptions): WsOptions {
  return { ...options, noHttp: true };
}

export const messageStacks: readonly MessageStack[] = [
  prefix,
  suffix,
  ws,
  wsTexts,
  termOver(prefix),
  termOver(suffix),
  termOver(ws),
];

function termOver(beneath: MessageStack): MessageStack {
  const put = (s: MessageSocket): MessageSocket => termAttach(s, "bye");
  return {
    ...beneath,
    name: `term(${beneath.name})`,
    syscalls: { attach: "term_attach", detach: "term_detach" },
    attach: (s, maxSize) => then(beneath.attach(s, maxSize), put),
    attachPeer: (s) => then(beneath.attachPeer(s), put),
    detach: (s, deadline) => termDetach(s as TermSocket, deadline),
    isBare: false,
    unsendable: Buffer.from("bye"),
  };
}

function then<T, U>(operation: Operation<T>, next: (value: T) => U): Operation<U> {
  return {
    *[Symbol.iterator]() {
      return next(yield* operation);
    },
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
