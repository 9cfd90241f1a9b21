// The operations that wait on TLS sockets.
import {
  brecv,
  bsend,
  choose,
  type Handle,
  hclose,
  type IpcSocket,
  ipcPair,
  isErrno,
  type Operation,
} from "libdill-ts";
import {
  tlsAttachClient,
  tlsAttachServer,
  tlsContext,
  tlsClose,
  tlsDetach,
  type TlsSocket,
} from "libdill-ts/tls";
import { codeOrNone } from "./failure.js";
import { closeAll } from "./gate.js";
import { fromOutside, type OperationCase } from "./operationCase.js";
import { serving, tlsPair, trusting } from "./tlsPair.js";

type Attach = (s: IpcSocket, deadline: number) => Operation<TlsSocket<IpcSocket>>;

const asClient: Attach = (s, deadline) => tlsAttachClient(s, trusting(), deadline);
const asServer: Attach = (s, deadline) => tlsAttachServer(s, tlsContext(serving()), deadline);

export const tlsOperations: readonly OperationCase[] = [
  attaching("tlsAttachClient", asClient, asServer),
  attaching("tlsAttachServer", asServer, asClient),
  receiving("brecv through TLS", (s, deadline) => brecv(s, 1, deadline)),
  receiving("choose of a readable TLS socket", (s, deadline) =>
    choose([{ op: "readable", s }], deadline),
  ),
  {
    ...fromOutside,
    isRepeatable: false,
    name: "bsend through TLS that finds the kernel's buffer full",
    *set() {
      const [a, z] = yield* tlsPair();
      const bytes = Buffer.alloc(4_000_000);
      return {
        op: (deadline = -1) => bsend(a, bytes, deadline),
        release: () => brecv(z, bytes.length, -1),
        close: () => closeAll(a, z),
      };
    },
  },
  {
    ...fromOutside,
    isRepeatable: false,
    takesHandle: true,
    makesHandle: true,
    name: "tlsDetach",
    *set() {
      const [a, z] = yield* tlsPair();
      return {
        op: (deadline = -1) => tlsDetach(a, deadline),
        release: () => tlsDetach(z, -1),
        close: () => closeRest(a, z),
      };
    },
  },
  {
    ...fromOutside,
    isRepeatable: false,
    takesHandle: true,
    name: "tlsClose",
    *set() {
      const [a, z] = yield* tlsPair();
      return {
        op: (deadline = -1) => tlsClose(a, deadline),
        release: () => tlsClose(z, -1),
        close: () => closeRest(a, z),
      };
    },
  },
];

function attaching(name: string, near: Attach, far: Attach): OperationCase {
  return {
    ...fromOutside,
    isRepeatable: false,
    takesHandle: true,
    makesHandle: true,
    name,
    *set() {
      const [a, z] = yield* ipcPair();
      return {
        op: (deadline = -1) => near(a, deadline),
        release: () => codeOrNone(far(z, -1)), // the other end may be closed at once
        close: () => closeRest(a, z),
      };
    },
  };
}

function receiving(
  name: string,
  operate: (s: TlsSocket, deadline: number) => Operation<unknown>,
): OperationCase {
  return {
    ...fromOutside,
    name,
    *set() {
      const [a, z] = yield* tlsPair();
      return {
        op: (deadline = -1) => operate(a, deadline),
        release: () => bsend(z, Buffer.from("!"), -1),
        close: () => closeAll(a, z),
      };
    },
  };
}

/** The operation, or what has released it, may have taken them over. */
function closeRest(...handles: readonly Handle[]): void {
  for (const h of handles) {
    try {
      hclose(h);
    } catch (error) {
      if (!isErrno(error, "EBADF")) throw error;
    }
  }
}
