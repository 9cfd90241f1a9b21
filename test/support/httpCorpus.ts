// Heads to parse, and how they are judged.
import { bsend, type Coroutine, hclose, ipcDone, ipcPair, isErrno } from "libdill-ts";
import {
  httpAttach,
  type HttpField,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  type HttpRequest,
  type HttpSocket,
  type HttpStatus,
} from "libdill-ts/http";

export type HeadType = "request" | "response";

/** What a head came to: its parts up to the end, or up to the code of an error. */
export interface Judgement {
  readonly first?: HttpRequest | HttpStatus;
  readonly fields: readonly HttpField[];
  /** EPIPE if the empty line has come. */
  readonly code: string;
}

/** What comes of the bytes, if nothing follows them. */
export function* judge(type: HeadType, bytes: Uint8Array): Coroutine<Judgement> {
  const [a, z] = yield* ipcPair();
  const s = httpAttach(z);
  try {
    yield* bsend(a, bytes, -1);
    yield* ipcDone(a, -1);
    return yield* receiveHead(type, s);
  } finally {
    hclose(s);
    hclose(a);
  }
}

export function* receiveHead(type: HeadType, s: HttpSocket): Coroutine<Judgement> {
  const fields: HttpField[] = [];
  let first: HttpRequest | HttpStatus | undefined;
  try {
    first = type === "request" ? yield* httpRecvrequest(s, -1) : yield* httpRecvstatus(s, -1);
    for (;;) fields.push(yield* httpRecvfield(s, -1));
  } catch (error) {
    if (!isErrno(error)) throw error;
    const { code } = error;
    return first === undefined ? { fields, code } : { first, fields, code };
  }
}

/** Whether the whole head was taken. */
export function isTaken({ first, code }: Judgement): boolean {
  return first !== undefined && code === "EPIPE";
}
