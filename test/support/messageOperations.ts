// The operations that wait on message sockets.
import {
  type Bytestream,
  choose,
  chrecv,
  hclose,
  type Coroutine,
  hmake,
  ipcPair,
  type MessageSocket,
  mrecv,
  mrecvl,
  msend,
  msendl,
  type Operation,
  prefixAttach,
  prefixClose,
  suffixAttach,
  suffixClose,
  termAttach,
  termClose,
  termDetach,
  termDone,
} from "libdill-ts";
import { type MessageMethods, messageType } from "libdill-ts/impl";
import { closeAll, type Gate, newGate } from "./gate.js";
import { fromOutside, type OperationCase, usual } from "./operationCase.js";
import { slowBytes } from "./slowBytes.js";

type Waits = (s: MessageSocket, deadline: number) => Operation<unknown>;

const large = Buffer.alloc(4_000_000);

export const messageOperations: readonly OperationCase[] = [
  receiving("mrecv", (s, deadline) => mrecv(s, deadline)),
  receiving("mrecv into a buffer", (s, deadline) => mrecv(s, Buffer.alloc(9), deadline)),
  receiving("mrecvl", (s, deadline) => mrecvl(s, [Buffer.alloc(9)], deadline)),
  receiving("choose of a message socket", (s, deadline) =>
    choose([{ op: "readable", s }], deadline),
  ),
  receiving("mrecv of a term socket", (s, deadline) => mrecv(s, deadline), overTerm),
  receiving(
    "mrecvl of a term socket",
    (s, deadline) => mrecvl(s, [Buffer.alloc(9)], deadline),
    overTerm,
  ),
  sending("msend that finds the kernel's buffer full", (s, deadline) => msend(s, large, deadline)),
  sending("msendl that finds the kernel's buffer full", (s, deadline) =>
    msendl(s, [large], deadline),
  ),
  {
    ...usual,
    name: "termDone",
    *set() {
      const gate = newGate();
      const s = termAttach(slowMessages(gate), "");
      return {
        op: (deadline = -1) => termDone(s, deadline),
        release: gate.openAndLetEnd,
        close: () => {
          hclose(s);
          gate.close();
        },
      };
    },
  },
  {
    ...usual,
    name: "termDetach",
    takesHandle: true,
    makesHandle: true,
    *set() {
      const gate = newGate();
      return {
        op: (deadline = -1) => {
          const s = slowMessages(gate, { *send() {} });
          return termDetach(termAttach(s, ""), deadline);
        },
        release: gate.openAndLetEnd,
        close: gate.close,
      };
    },
  },
  closing("prefixClose", (s, deadline) => prefixClose(prefixAttach(s, 4), deadline)),
  closing("suffixClose", (s, deadline) => suffixClose(suffixAttach(s, "\n"), deadline)),
  closing("termClose", (s, deadline) => {
    return termClose(termAttach(prefixAttach(s, 4), ""), deadline);
  }),
];

/** Makes its own socket each time; the send is over at once, and the receive waits. */
function closing(
  name: string,
  close: (s: Bytestream, deadline: number) => Operation<void>,
): OperationCase {
  return {
    ...usual,
    name,
    takesHandle: true,
    *set() {
      const gate = newGate();
      return {
        op: (deadline = -1) => close(slowBytes(gate, { *send() {} }), deadline),
        release: gate.openAndLetEnd,
        close: gate.close,
      };
    },
  };
}

function receiving(name: string, op: Waits, attach = overPrefix): OperationCase {
  return {
    ...fromOutside,
    name,
    *set() {
      const [a, z] = yield* attach();
      return {
        op: (deadline = -1) => op(a, deadline),
        release: () => msend(z, Buffer.from("!"), -1),
        close: () => closeAll(a, z),
      };
    },
  };
}

function sending(name: string, op: Waits): OperationCase {
  return {
    ...fromOutside,
    name,
    isRepeatable: false,
    *set() {
      const [a, z] = yield* overPrefix();
      return {
        op: (deadline = -1) => op(a, deadline),
        release: () => mrecv(z, -1),
        close: () => closeAll(a, z),
      };
    },
  };
}

function* overPrefix(): Coroutine<[MessageSocket, MessageSocket]> {
  const [a, z] = yield* ipcPair();
  return [prefixAttach(a, 4), prefixAttach(z, 4)];
}

function* overTerm(): Coroutine<[MessageSocket, MessageSocket]> {
  const [a, z] = yield* overPrefix();
  return [termAttach(a, "bye"), termAttach(z, "bye")];
}

/** A message socket of a user's: both directions wait for the gate, and what comes is empty. */
function slowMessages(gate: Gate, fast: Partial<MessageMethods> = {}): MessageSocket {
  const methods: MessageMethods = {
    *send(_list, deadline) {
      yield* chrecv(gate.far, deadline);
    },
    *receive(deadline) {
      yield* chrecv(gate.far, deadline);
      return Buffer.alloc(0);
    },
    *receiveInto(_targets, deadline) {
      yield* chrecv(gate.far, deadline);
      return 0;
    },
    ...fast,
  };
  const h: unknown = hmake({
    query: (type) => (type === messageType ? methods : undefined),
    close() {},
  });
  return h as MessageSocket;
}
