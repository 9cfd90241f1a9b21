// Whole messages of HTTP, heads and bodies, on any bytestream.
import {
  brecv,
  brecvSome,
  bsend,
  type Bytestream,
  type Coroutine,
  isErrno,
  mrecv,
  now,
  suffixAttach,
  suffixDetach,
} from "libdill-ts";
import {
  httpAttach,
  httpDetach,
  type HttpField,
  httpFraming,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
  type HttpSocket,
  type HttpVersion,
} from "libdill-ts/http";

type First =
  | readonly [command: string, resource: string]
  | readonly [status: number, reason: string];

/** The body is sent with its length, in several pieces as chunks, or none of it. */
type Body = Uint8Array | readonly Uint8Array[] | null;

interface Received<S> {
  /** "GET /" or "200 OK". */
  readonly first: string;
  readonly fields: ReadonlyMap<string, string>;
  readonly framing: "length" | "chunked" | "none";
  readonly body: Buffer;
  /** The bytestream behind the message. */
  readonly s: S;
}

export function* sendMessage<S extends Bytestream>(
  s: S,
  [what, more]: First,
  fields: Readonly<Record<string, string>>,
  body: Body,
): Coroutine<S> {
  const head = httpAttach(s);
  if (typeof what === "string") yield* httpSendrequest(head, what, more, -1);
  else yield* httpSendstatus(head, what, more, -1);
  for (const [name, value] of Object.entries(fields)) yield* httpSendfield(head, name, value, -1);
  const isWhole = body instanceof Uint8Array;
  if (isWhole) yield* httpSendfield(head, "Content-Length", String(body.length), -1);
  else if (body !== null) yield* httpSendfield(head, "Transfer-Encoding", "chunked", -1);
  const out = yield* httpDetach(head, -1);
  if (isWhole) yield* bsend(out, body, -1);
  else if (body !== null) yield* sendChunks(out, body);
  return out;
}

function* sendChunks(s: Bytestream, chunks: readonly Uint8Array[]): Coroutine {
  for (const chunk of chunks) {
    const size = Buffer.from(`${chunk.length.toString(16)}\r\n`);
    yield* bsend(s, Buffer.concat([size, chunk, Buffer.from("\r\n")]), -1);
  }
  yield* bsend(s, Buffer.from("0\r\n\r\n"), -1);
}

export function* receiveRequest<S extends Bytestream>(s: S): Coroutine<Received<S>> {
  const head = httpAttach(s);
  const { command, resource, version } = yield* httpRecvrequest(head, soon());
  return yield* receiveRest(head, `${command} ${resource}`, version, "nothing");
}

/** An answer to GET or POST, whose body may also go on to the end of the connection. */
export function* receiveResponse<S extends Bytestream>(s: S): Coroutine<Received<S>> {
  const head = httpAttach(s);
  const { status, reason, version } = yield* httpRecvstatus(head, soon());
  return yield* receiveRest(head, `${status} ${reason}`, version, "the end");
}

function* receiveRest<S extends Bytestream>(
  head: HttpSocket<S>,
  first: string,
  version: HttpVersion,
  unframed: "nothing" | "the end",
): Coroutine<Received<S>> {
  const list = yield* receiveFields(head);
  let s = yield* httpDetach(head, 0);
  const framing = httpFraming(list, version);
  let body: Buffer = Buffer.alloc(0);
  if (framing.type === "chunked") [body, s] = yield* receiveChunks(s);
  else if (framing.type === "length") body = yield* brecv(s, framing.length, soon());
  else if (unframed === "the end") body = yield* receiveToTheEnd(s);
  const fields = new Map(list.map(({ name, value }) => [name.toLowerCase(), value]));
  return { first, fields, framing: framing.type, body, s };
}

function* receiveFields(head: HttpSocket): Coroutine<HttpField[]> {
  const fields: HttpField[] = [];
  try {
    for (;;) fields.push(yield* httpRecvfield(head, soon()));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
    return fields;
  }
}

function* receiveChunks<S extends Bytestream>(start: S): Coroutine<[Buffer, S]> {
  const chunks: Buffer[] = [];
  for (let s = start; ; ) {
    const lines = suffixAttach(s, "\r\n");
    const length = Number.parseInt(String(yield* mrecv(lines, soon())), 16);
    if (length === 0) {
      while ((yield* mrecv(lines, soon())).length > 0);
      return [Buffer.concat(chunks), suffixDetach(lines)];
    }
    s = suffixDetach(lines);
    chunks.push(yield* brecv(s, length, soon()));
    yield* brecv(s, 2, soon());
  }
}

function* receiveToTheEnd(s: Bytestream): Coroutine<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for (;;) chunks.push(yield* brecvSome(s, 65536, soon()));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
    return Buffer.concat(chunks);
  }
}

function soon(): number {
  return now() + 4000;
}
