// A bytestream of a user's: both directions wait for the gate, and the incoming one ends then.
import { type Bytestream, chrecv, hmake } from "libdill-ts";
import { type BytestreamMethods, bytestreamType, dillError } from "libdill-ts/impl";
import type { Gate } from "./gate.js";

export function slowBytes(gate: Gate, fast: Partial<BytestreamMethods> = {}): Bytestream {
  const methods: BytestreamMethods = {
    *send(_list, deadline) {
      yield* chrecv(gate.far, deadline);
    },
    *receive(_list, deadline, syscall = "brecv") {
      yield* chrecv(gate.far, deadline);
      throw dillError("EPIPE", syscall);
    },
    done() {},
    ...fast,
  };
  const h: unknown = hmake({
    query: (type) => (type === bytestreamType ? methods : undefined),
    close() {},
  });
  return h as Bytestream;
}
