// One attempt to connect.
import type { Socket } from "node:net";
import { withStackLimit } from "../../errors/index.js";
import type { ConnectEvents, HostSocket } from "../sockets.js";
import { net } from "./builtin.js";
import { codeOf, failureOf } from "./errnoOf.js";
import { NodeSocket } from "./nodeSocket.js";
import { type Alias, aliasOf, fitsAddress } from "./socketAddress.js";
import { nextTick } from "./timers.js";

export function connect(path: string, events: ConnectEvents): HostSocket {
  const socket = new (net().Socket)({ allowHalfOpen: true });
  const attempt = new NodeSocket(socket, {
    connected: () => events.connected(),
    connectFailed: fail,
  });
  let alias: Alias | undefined;
  try {
    if (!fitsAddress(path)) alias = aliasOf(path);
    connectWithoutStack(socket, alias?.path ?? path);
  } catch (error) {
    fail(error);
  } finally {
    alias?.close(); // Node has called connect(2) by now
  }
  return attempt;

  function fail(error: unknown): void {
    refuseLater(attempt, () => {
      events.refused(codeOf(error) === "EAGAIN" ? "EAGAIN" : failureOf(error));
    });
  }
}

/** Later, because Node may fail inside connect(), before the caller has got the socket. Not if it is closed by then. */
export function refuseLater(attempt: NodeSocket, tell: () => void): void {
  nextTick(() => {
    if (attempt.isClosed) return;
    attempt.close(); // Node would, but its own destroy is switched off
    tell();
  });
}

/**
 * A refused attempt costs half as much if Node's error captures no stack, which shows only Node's own functions.
 * A connect that waits for room in a backlog is refused a hundred times a second.
 */
function connectWithoutStack(socket: Socket, path: string): void {
  withStackLimit(0, () => socket.connect({ path }));
}
