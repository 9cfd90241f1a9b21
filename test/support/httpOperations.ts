// The operations that wait on HTTP sockets.
import {
  brecv,
  bsend,
  chrecv,
  type Coroutine,
  type IpcSocket,
  ipcPair,
  type Operation,
} from "libdill-ts";
import {
  httpAttach,
  httpClose,
  httpDetach,
  httpDone,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
  type HttpSocket,
} from "libdill-ts/http";
import { closeAll, closeOpen, type Gate, newGate } from "./gate.js";
import { longText } from "./httpPair.js";
import { fromOutside, type OperationCase, usual } from "./operationCase.js";
import { slowBytes } from "./slowBytes.js";

type Operate = (s: HttpSocket, deadline: number) => Operation<unknown>;

export const httpOperations: readonly OperationCase[] = [
  receiving("httpRecvrequest", httpRecvrequest, "GET / HTTP/1.1\r\n"),
  receiving("httpRecvstatus", httpRecvstatus, "HTTP/1.1 200 OK\r\n"),
  {
    ...fromOutside,
    name: "httpRecvfield",
    *set() {
      const [a, z] = yield* ipcPair();
      const s = httpAttach(a);
      yield* bsend(z, Buffer.from("GET / HTTP/1.1\r\n"), -1);
      yield* httpRecvrequest(s, -1);
      return waitingFor(s, z, httpRecvfield, "a: b\r\n");
    },
  },
  sending("httpSendrequest", (s, deadline) => httpSendrequest(s, "GET", longText, deadline)),
  sending("httpSendstatus", (s, deadline) => httpSendstatus(s, 200, longText, deadline)),
  {
    ...fromOutside,
    isRepeatable: false,
    name: "httpSendfield that finds the kernel's buffer full",
    *set() {
      const [a, z] = yield* ipcPair();
      const s = httpAttach(a);
      yield* httpSendrequest(s, "GET", "/", -1);
      return {
        op: (deadline = -1) => httpSendfield(s, "a", longText, deadline),
        release: () => brecv(z, longText.length, -1),
        close: () => closeAll(s, z),
      };
    },
  },
  {
    ...usual,
    name: "httpDone",
    *set() {
      const gate = newGate();
      const heads: HttpSocket[] = [];
      for (let i = 0; i < 4; i++) heads.push(yield* slowHead(gate)); // one for each time
      let next = 0;
      return {
        op: (deadline = -1) => httpDone(heads[next++] as HttpSocket, deadline),
        release: gate.openAndLetEnd,
        close: () => {
          closeOpen(...heads);
          gate.close();
        },
      };
    },
  },
  {
    ...usual,
    name: "httpDetach",
    takesHandle: true,
    makesHandle: true,
    *set() {
      const gate = newGate();
      const heads: HttpSocket[] = [];
      for (let i = 0; i < 4; i++) heads.push(yield* slowHead(gate)); // one for each time
      let next = 0;
      return {
        op: (deadline = -1) => httpDetach(heads[next++] as HttpSocket, deadline),
        release: gate.openAndLetEnd,
        close: () => {
          closeOpen(...heads);
          gate.close();
        },
      };
    },
  },
  {
    ...usual,
    name: "httpClose",
    takesHandle: true,
    *set() {
      const gate = newGate();
      return {
        op: (deadline = -1) => httpClose(httpAttach(slowBytes(gate)), deadline),
        release: gate.openAndLetEnd,
        close: gate.close,
      };
    },
  },
];

function receiving(name: string, operate: Operate, line: string): OperationCase {
  return {
    ...fromOutside,
    name,
    *set() {
      const [a, z] = yield* ipcPair();
      return waitingFor(httpAttach(a), z, operate, line);
    },
  };
}

function waitingFor(s: HttpSocket, z: IpcSocket, operate: Operate, line: string) {
  return {
    op: (deadline = -1) => operate(s, deadline),
    release: () => bsend(z, Buffer.from(line), -1),
    close: () => closeAll(s, z),
  };
}

function sending(name: string, operate: Operate): OperationCase {
  return {
    ...fromOutside,
    isRepeatable: false,
    name: `${name} that finds the kernel's buffer full`,
    *set() {
      const [a, z] = yield* ipcPair();
      const s = httpAttach(a);
      return {
        op: (deadline = -1) => operate(s, deadline),
        release: () => brecv(z, longText.length, -1),
        close: () => closeAll(s, z),
      };
    },
  };
}

/** A socket in the middle of a head that it sends, of which the rest waits for the gate. */
function* slowHead(gate: Gate): Coroutine<HttpSocket> {
  let isFast = true;
  const s = httpAttach(
    slowBytes(gate, {
      *send(_list, deadline) {
        if (!isFast) yield* chrecv(gate.far, deadline);
      },
    }),
  );
  yield* httpSendrequest(s, "GET", "/", -1);
  isFast = false;
  return s;
}
