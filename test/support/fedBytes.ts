// A bytestream of a user's, which knows nothing of readers, and to which a test hands the bytes that come. It never waits.
import { type Bytestream, hmake } from "libdill-ts";
import { type BytestreamMethods, bytestreamType, dillError } from "libdill-ts/impl";

export interface FedBytes {
  readonly s: Bytestream;
  readonly feed: (chunk: Uint8Array) => void;
  /** What it was asked for: how many bytes had been taken before, and how many it may give at the most. */
  readonly asked: readonly { readonly at: number; readonly most: number }[];
}

/** `exact`: it gives what it is asked for, or nothing. */
export function fedBytes(exact: boolean): FedBytes {
  let waiting = Buffer.alloc(0);
  let at = 0;
  const asked: { at: number; most: number }[] = [];
  const take = (count: number): Buffer => {
    const bytes = waiting.subarray(0, count);
    waiting = waiting.subarray(count);
    at += count;
    return bytes;
  };
  const methods: BytestreamMethods = {
    *send() {},
    *receive([target], _deadline, syscall = "brecv") {
      const bytes = target as Uint8Array;
      asked.push({ at, most: bytes.length });
      if (bytes.length > waiting.length) throw dillError("ETIMEDOUT", syscall);
      bytes.set(take(bytes.length));
    },
    unread(bytes) {
      waiting = Buffer.concat([bytes, waiting]);
      at -= bytes.length;
    },
  };
  const some: Partial<BytestreamMethods> = {
    *receiveSome(most, _deadline, syscall = "brecv_some") {
      asked.push({ at, most: Number(most) });
      if (waiting.length === 0) throw dillError("ETIMEDOUT", syscall);
      return take(Math.min(Number(most), waiting.length));
    },
  };
  const all = exact ? methods : { ...methods, ...some };
  const h: unknown = hmake({ query: (t) => (t === bytestreamType ? all : undefined), close() {} });
  return {
    s: h as Bytestream,
    feed: (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
    },
    asked,
  };
}
