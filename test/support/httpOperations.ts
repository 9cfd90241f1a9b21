// The operations that wait on HTTP sockets.
import { brecv, bsend, type IpcSocket, ipcPair, type Operation } from "libdill-ts";
import {
  httpAttach,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
  type HttpSocket,
} from "libdill-ts/http";
import { closeAll } from "./gate.js";
import { longText } from "./httpPair.js";
import { fromOutside, type OperationCase } from "./operationCase.js";

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
