// Sockets of a user's that never wait: what is asked of them is done at once, without end.
import { type Bytestream, hmake, type MessageSocket, type Operation } from "libdill-ts";
import {
  type BytestreamMethods,
  bytestreamType,
  type MessageMethods,
  messageType,
} from "libdill-ts/impl";

/** A loop that nothing ends would hang the tests: it fails, rather. */
const fuse = 5_000_000;

/** Receives the letter A for ever, one by one if `receiveSome` is asked for, and sends whatever it is given. */
export function endlessBytestream(hasReceiveSome = true): Bytestream {
  const burn = newFuse();
  const methods: BytestreamMethods = {
    send: () => atOnce(burn),
    receive: (list) => atOnce(() => (burn(), fill(list))),
    done() {},
  };
  if (hasReceiveSome) methods.receiveSome = (into) => atOnce(() => (burn(), oneLetter(into)));
  return made(bytestreamType, methods) as Bytestream;
}

/** Receives the message A for ever. */
export function endlessMessages(): MessageSocket {
  const burn = newFuse();
  const methods: MessageMethods = {
    send: () => atOnce(burn),
    receive: () => atOnce(() => (burn(), Buffer.from("A"))),
    receiveInto: () => atOnce(() => (burn(), 0)),
  };
  return made(messageType, methods) as MessageSocket;
}

function made(type: unknown, methods: unknown): unknown {
  return hmake({ query: (asked) => (asked === type ? methods : undefined), close() {} });
}

function newFuse(): () => void {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls > fuse) throw new Error("nothing has ended the loop");
  };
}

/** An operation that is no coroutine's: it never yields anything. */
function atOnce<T>(act: () => T): Operation<T> {
  return {
    *[Symbol.iterator]() {
      return act();
    },
  };
}

function oneLetter(into: number | Uint8Array): Buffer {
  if (typeof into === "number") return Buffer.from("A");
  into.fill(65, 0, 1);
  return Buffer.from(into.buffer, into.byteOffset, 1);
}

function fill(list: readonly unknown[]): void {
  for (const target of list) if (target instanceof Uint8Array) target.fill(65);
}
