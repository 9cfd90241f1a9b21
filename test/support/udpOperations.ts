// The operations that wait on UDP sockets.
import {
  choose,
  mrecv,
  mrecvl,
  type Operation,
  udpRecv,
  udpRecvl,
  udpSend,
  type UdpSocket,
} from "libdill-ts";
import { closeAll } from "./gate.js";
import { fromOutside, type OperationCase } from "./operationCase.js";
import { udpPair } from "./udpPair.js";

export const udpOperations: readonly OperationCase[] = [
  receiving("udpRecv", (s, deadline) => udpRecv(s, deadline)),
  receiving("udpRecvl", (s, deadline) => udpRecvl(s, [Buffer.alloc(9)], deadline)),
  receiving("mrecv of a udp socket", (s, deadline) => mrecv(s, deadline)),
  receiving("mrecvl of a udp socket", (s, deadline) => mrecvl(s, [Buffer.alloc(9)], deadline)),
  receiving("choose of a udp socket", (s, deadline) => choose([{ op: "readable", s }], deadline)),
];

function receiving(
  name: string,
  op: (s: UdpSocket, deadline: number) => Operation<unknown>,
): OperationCase {
  return {
    ...fromOutside,
    name,
    *set() {
      const [a, b] = yield* udpPair();
      return {
        op: (deadline = -1) => op(a, deadline),
        *release() {
          udpSend(b, null, Buffer.from("!"));
        },
        close: () => closeAll(a, b),
      };
    },
  };
}
