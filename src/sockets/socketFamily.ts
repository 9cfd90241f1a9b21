// What the protocols that come straight from the host share: one type of sockets, and one of listeners.
import {
  closeHandle,
  type Handle,
  isShuttingDown,
  makeHandle,
  makeHandleFor,
  queryHandle,
  resourceOf,
  shutDownError,
} from "../handles/index.js";
import type { Failure, HostSocket } from "../host/index.js";
import { type Operation, operation, readDeadline, type Steps, type Task } from "../kernel/index.js";
import { closeInOrder } from "./closeInOrder.js";
import { Connection } from "./connection.js";
import { failureError } from "./failureError.js";
import type { ListenerKind, ListenerResource } from "./listener.js";

declare const socketType: unique symbol;
declare const listenerType: unique symbol;

/** A protocol whose sockets are of type `S`, and whose listeners are of type `L`. */
export interface SocketFamily<S extends Handle, L extends Handle> extends ListenerKind {
  readonly [socketType]?: S;
  readonly [listenerType]?: L;
}

/** Gives a connection that was made for a sleeping task its handle. `path`: of a local socket, if it has one. */
export function socketFor<S extends Handle, L extends Handle>(
  { connection }: SocketFamily<S, L>,
  task: Task,
  socket: HostSocket,
  path?: string,
): S {
  return makeHandleFor(task, new Connection(socket, connection, path)) as S;
}

export function connectionOf({ connection }: ListenerKind, s: Handle, syscall: string): Connection {
  return queryHandle(s, connection, connection.name, syscall) as Connection;
}

export function isListener<S extends Handle, L extends Handle>(
  family: SocketFamily<S, L>,
  h: S | L,
  syscall: string,
): h is L {
  return resourceOf(h, syscall).query(family) !== undefined;
}

export function listenerOf(family: ListenerKind, ls: Handle, syscall: string): ListenerResource {
  return queryHandle(ls, family, family.name, syscall) as ListenerResource;
}

/** The running coroutine gets what the host makes of a descriptor. */
export function adoptSocket<S extends Handle, L extends Handle>(
  family: SocketFamily<S, L>,
  adopt: () => HostSocket | Failure,
  syscall: string,
): Operation<S> {
  return operation(syscall, () => adoptNow(family, adopt, syscall));
}

// biome-ignore lint: an operation that needs no yield.
function* adoptNow<S extends Handle, L extends Handle>(
  { connection }: SocketFamily<S, L>,
  adopt: () => HostSocket | Failure,
  syscall: string,
): Steps<S> {
  if (isShuttingDown()) throw shutDownError(syscall);
  const socket = adopt();
  if ("code" in socket) throw failureError(socket, syscall);
  try {
    return makeHandle(new Connection(socket, connection), syscall) as S;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Says that nothing more will be sent; of a listener, that it takes no more connections. */
export function endOutgoing<S extends Handle, L extends Handle>(
  family: SocketFamily<S, L>,
  s: S | L,
  deadline: number,
  syscall: string,
): Operation<void> {
  return operation(syscall, () => endNow(family, s, deadline, syscall));
}

// biome-ignore lint: an operation that needs no yield.
function* endNow<S extends Handle, L extends Handle>(
  family: SocketFamily<S, L>,
  h: S | L,
  deadline: number,
  syscall: string,
): Steps<void> {
  readDeadline(deadline, syscall);
  if (isListener(family, h, syscall)) listenerOf(family, h, syscall).done(syscall);
  else connectionOf(family, h, syscall).done(syscall);
}

/** Closes a listener at once, and a socket in good order. */
export function closeSocket<S extends Handle, L extends Handle>(
  family: SocketFamily<S, L>,
  h: S | L,
  deadline: number,
  syscall: string,
): Operation<void> {
  return operation(syscall, () => closeEither(family, h, deadline, syscall));
}

function* closeEither<S extends Handle, L extends Handle>(
  family: SocketFamily<S, L>,
  h: S | L,
  deadline: number,
  syscall: string,
): Steps<void> {
  readDeadline(deadline, syscall);
  if (isListener(family, h, syscall)) closeHandle(h, syscall);
  else yield* closeInOrder(h, connectionOf(family, h, syscall), deadline, syscall);
}
