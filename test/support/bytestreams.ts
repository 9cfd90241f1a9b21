// What messages can be carried by: bytestreams that bring their bytes in different ways.
import { type Bytestream, type Coroutine, hclose, hmake, ipcPair } from "libdill-ts";
import { type BytestreamMethods, bytestreamType, hquery } from "libdill-ts/impl";
import { ipcKeepfds } from "libdill-ts/native";
import { fromDuplex, toDuplex } from "libdill-ts/streams";
import { tcp } from "./carriers.js";
import { memoryPair } from "./memorySocket.js";
import { encrypt, serving, trusting } from "./tlsPair.js";

export interface Carrier {
  readonly name: string;
  readonly pair: () => Coroutine<[Bytestream, Bytestream]>;
  /** A receive that is cut short in the middle of a message has lost nothing. */
  readonly losesNothing: boolean;
  /** It knows more than `send`, `receive` and `receiveSome`. */
  readonly isOurs: boolean;
  /** It needs what a simulation has not: descriptors, streams of Node's. */
  readonly isReal: boolean;
}

const ours = { losesNothing: true, isOurs: true, isReal: false };

export const carriers: readonly Carrier[] = [
  {
    ...ours,
    name: "ipc",
    *pair() {
      return yield* ipcPair();
    },
  },
  {
    ...ours,
    name: "ipc that keeps descriptors",
    isReal: true,
    *pair() {
      const pair = yield* ipcPair();
      for (const s of pair) ipcKeepfds(s);
      return pair;
    },
  },
  {
    ...ours,
    name: "a socket that reports one byte at a time",
    *pair() {
      return memoryPair({ chunk: 1, isInside: false });
    },
  },
  {
    ...ours,
    name: "a socket that reports inside of calls",
    *pair() {
      return memoryPair({ chunk: Infinity, isInside: true });
    },
  },
  {
    ...ours,
    name: "a stream of Node's",
    *pair() {
      const [a, b] = yield* ipcPair();
      return [streamed(a), streamed(b)];
    },
  },
  {
    ...ours,
    name: "TLS",
    *pair() {
      return yield* encryptLeniently(yield* ipcPair());
    },
  },
  {
    ...ours,
    name: "TLS over TCP",
    *pair() {
      return yield* encryptLeniently(yield* tcp.pair());
    },
  },
  {
    ...ours,
    name: "TLS on a stream of Node's",
    *pair() {
      const [a, b] = yield* ipcPair();
      return yield* encryptLeniently<Bytestream>([streamed(a), streamed(b)]);
    },
  },
  {
    name: "a bytestream that has send and receive",
    losesNothing: false,
    isOurs: false,
    isReal: false,
    pair: limitedPair,
  },
  {
    name: "a bytestream that has receiveSome, too",
    losesNothing: true,
    isOurs: false,
    isReal: false,
    *pair() {
      const [a, b] = yield* ipcPair();
      return [limited(a, some), limited(b, some)];
    },
  },
];

/** Both ends of a bytestream that has `send`, `receive` and `done`. */
export function* limitedPair(): Coroutine<[Bytestream, Bytestream]> {
  const [a, b] = yield* ipcPair();
  return [limited(a, exact), limited(b, exact)];
}

/** To these suites, closing a socket is a way to end. */
function* encryptLeniently<S extends Bytestream>(
  ends: [S, S],
): Coroutine<[Bytestream, Bytestream]> {
  const allowTruncation = true;
  return yield* encrypt(ends, trusting({ allowTruncation }), serving({ allowTruncation }));
}

function streamed(s: Bytestream): Bytestream {
  return fromDuplex(toDuplex(s, { allowHalfOpen: true }));
}

/** A bytestream of a user's, which passes on to another one. */
function limited(
  s: Bytestream,
  limit: (whole: BytestreamMethods) => BytestreamMethods,
): Bytestream {
  const methods = limit(hquery(s, bytestreamType));
  const h: unknown = hmake({
    query: (type) => (type === bytestreamType ? methods : undefined),
    close: () => hclose(s),
  });
  return h as Bytestream;
}

function exact(whole: BytestreamMethods): BytestreamMethods {
  return {
    send: (list, deadline, syscall) => whole.send(list, deadline, syscall),
    receive: (list, deadline, syscall) => whole.receive(list, deadline, syscall),
    done: (syscall) => whole.done?.(syscall),
  };
}

function some(whole: BytestreamMethods): BytestreamMethods {
  const { receiveSome } = whole as Required<BytestreamMethods>;
  return {
    ...exact(whole),
    receiveSome: (into, deadline, syscall) => receiveSome.call(whole, into, deadline, syscall),
  };
}
