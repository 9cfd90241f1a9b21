import {
  brecv,
  bsend,
  bundle,
  type Bytestream,
  choose,
  type Coroutine,
  hown,
  type IpcListener,
  type IpcSocket,
  type MessageSocket,
  mrecv,
  mrecvl,
  msend,
  msendl,
  owned,
  prefixAttach,
  prefixClose,
  prefixDetach,
  type PrefixSocket,
  suffixAttach,
  suffixClose,
  suffixDetach,
  type SuffixSocket,
  termAttach,
  termClose,
  termDetach,
  termDone,
  type TermSocket,
} from "libdill-ts";
import { same } from "./same.js";

export function* layers(s: IpcSocket, raw: Bytestream): Coroutine {
  const prefix = prefixAttach(s, 4, { littleEndian: true, maxSize: 100 });
  same<PrefixSocket<IpcSocket>>()(prefix);
  const term = termAttach(prefix, "bye");
  same<TermSocket<PrefixSocket<IpcSocket>>>()(term);
  same<void>()(yield* termDone(term, -1));
  const below = yield* termDetach(term, -1);
  same<PrefixSocket<IpcSocket>>()(below);
  same<IpcSocket>()(prefixDetach(below));
  same<SuffixSocket>()(suffixAttach(raw, "\n"));
  same<IpcSocket>()(suffixDetach(suffixAttach(s, Buffer.from("\n"))));
  same<PrefixSocket<IpcSocket>>()(hown(prefix));

  same<void>()(yield* prefixClose(prefix, -1));
  same<void>()(yield* suffixClose(suffixAttach(raw, "\n"), -1));
  same<void>()(yield* termClose(term, -1));

  // @ts-expect-error Term is on top: it is closed by its own function.
  yield* prefixClose(term, -1);
  // @ts-expect-error Nothing was put on it.
  yield* suffixClose(s, -1);
  // @ts-expect-error Term is on top: it comes off first.
  prefixDetach(term);
  // @ts-expect-error Another protocol's function.
  suffixDetach(prefix);
  // @ts-expect-error There is no term on it.
  yield* termDetach(prefix, -1);
  // @ts-expect-error There is no term on it.
  yield* termDone(prefix, -1);
  // @ts-expect-error Nothing was put on it.
  prefixDetach(s);
  // @ts-expect-error What is beneath is an ipc socket with prefix on it.
  const wrong: IpcSocket = below;
  // @ts-expect-error Term is for messages.
  termAttach(s, "bye");
  // @ts-expect-error Prefix is for bytes.
  prefixAttach(prefix, 4);
  // @ts-expect-error Suffix is for bytes.
  suffixAttach(bundle(), "\n");
  // @ts-expect-error A delimiter is text or bytes.
  suffixAttach(s, 10);
  // @ts-expect-error How long the header is has to be said.
  prefixAttach(s);
  return void wrong;
}

export function* transfers(s: MessageSocket, raw: IpcSocket, ls: IpcListener): Coroutine {
  same<void>()(yield* msend(s, Buffer.from("abc"), -1));
  same<void>()(yield* msendl(s, [Buffer.from("a"), new Uint8Array(2)], -1));
  same<Buffer>()(yield* mrecv(s, -1));
  same<Buffer>()(yield* mrecv(s, new Uint8Array(3), -1));
  same<number>()(yield* mrecvl(s, [Buffer.alloc(3), { skip: 3 }], -1));
  yield* msend(owned(s), Buffer.from("abc"), -1);
  yield* choose([{ op: "readable", s }], -1);
  yield* choose([{ op: "readable", s: termAttach(s, "") }], -1);

  // @ts-expect-error Bytes are no messages.
  yield* mrecv(raw, -1);
  // @ts-expect-error Bytes are no messages.
  yield* msend(raw, Buffer.from("abc"), -1);
  // @ts-expect-error Messages are no bytes.
  yield* brecv(s, 3, -1);
  // @ts-expect-error Messages are no bytes.
  yield* bsend(s, Buffer.from("abc"), -1);
  // @ts-expect-error A listener has no messages.
  yield* mrecv(ls, -1);
  // @ts-expect-error A message is bytes, not text.
  yield* msend(s, "abc", -1);
  // @ts-expect-error A deadline is never left out: -1 is none.
  yield* mrecv(s);
  // @ts-expect-error It makes no buffers: a message's length is known only when it has come.
  yield* mrecvl(s, [3], -1);
}
