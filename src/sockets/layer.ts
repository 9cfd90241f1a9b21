// A protocol on top of another socket: how it is put there, taken off, and closed with what is beneath.
import { combine } from "../errors/index.js";
import {
  closeHandle,
  closingError,
  dropHandle,
  type Handle,
  isClosing,
  makeHandle,
  queryHandle,
  type Resource,
  takeOver,
} from "../handles/index.js";
import { type Operation, operation, readDeadline, type Steps } from "../kernel/index.js";

declare const carrier: unique symbol;

/** Handle of a protocol of that kind on top of a socket of type `S`. */
export type Over<K extends string, S extends Handle> = Handle<K> & { readonly [carrier]: S };

/** Finds a protocol's layers behind their handles, and tells them from others. */
export interface LayerKind {
  /** For messages: "a prefix socket". */
  readonly name: string;
}

/** What one layer may ask of the socket beneath. */
interface Beneath {
  checkIdle?(syscall: string): void;
}

export abstract class Layer<M extends Beneath> implements Resource, Ending {
  /** Its number is known to nobody else. */
  readonly carrier: Handle;
  /** The carrier's. */
  readonly methods: M;
  private readonly layerKind: LayerKind;

  constructor(carrierHandle: Handle, methods: M, kind: LayerKind) {
    this.carrier = carrierHandle;
    this.methods = methods;
    this.layerKind = kind;
  }

  get kind(): string {
    return this.layerKind.name;
  }

  query(type: unknown): unknown {
    return type === this.layerKind || type === layerType ? this : undefined;
  }

  /** All beneath goes with it. Whoever waits here waits there, and is told. */
  close(): void {
    closeHandle(this.carrier, "hclose");
  }

  /** The carrier is about to be somebody else's: it gets back what is not this protocol's. Throws if it can't. */
  abstract leave(syscall: string): void;

  abstract end(deadline: number, syscall: string): Steps<void>;
}

/** What comes to its end in good order. */
export interface Ending {
  /** Says the protocol's own end, and comes to the connection's, whatever the peer still sends. Nothing is closed. */
  end(deadline: number, syscall: string): Steps<void>;
  close(): void;
}

/** Finds any layer behind its handle. */
export const layerType: unique symbol = Symbol("layer");

/**
 * Takes over the socket, and puts a protocol on top of it. The old number is EBADF from then on; whatever fails after
 * that closes the socket.
 */
export function attach<M extends Beneath, H extends Handle>(
  s: Handle,
  find: (s: Handle, syscall: string) => M,
  make: (carrierHandle: Handle, methods: M) => Resource,
  syscall: string,
): H {
  const carrierHandle = takeOver(s, syscall);
  return orClose(carrierHandle, syscall, () => {
    const methods = find(carrierHandle, syscall);
    methods.checkIdle?.(syscall);
    return makeHandle<H>(make(carrierHandle, methods), syscall);
  });
}

/** The same, where the protocol is made in steps that may wait: a handshake. */
export function* attachAfter<M extends Beneath, H extends Handle>(
  s: Handle,
  find: (s: Handle, syscall: string) => M,
  make: (carrierHandle: Handle, methods: M) => Steps<Resource>,
  syscall: string,
): Steps<H> {
  const carrierHandle = takeOver(s, syscall);
  return yield* orCloseAfter(carrierHandle, syscall, makeInSteps());

  function* makeInSteps(): Steps<H> {
    const methods = find(carrierHandle, syscall);
    methods.checkIdle?.(syscall);
    return makeHandle<H>(yield* make(carrierHandle, methods), syscall);
  }
}

/** Closes a stack in good order, from the top down: each protocol's own end, and then the bytestream's. */
export function closeLayer<L extends Ending>(
  h: Handle,
  kind: LayerKind,
  deadline: number,
  syscall: string,
  end: (layer: L) => Steps<void> = (layer) => layer.end(deadline, syscall),
): Operation<void> {
  return operation(syscall, () => closeInSteps(h, kind, deadline, syscall, end));
}

function* closeInSteps<L extends Ending>(
  h: Handle,
  kind: LayerKind,
  deadline: number,
  syscall: string,
  end: (layer: L) => Steps<void>,
): Steps<void> {
  readDeadline(deadline, syscall);
  const layer = takeOff<L>(h, kind, syscall);
  const close = (): void => layer.close();
  yield* orAfter(close, end(layer));
  close();
}

/** Takes the protocol off. A handle of another kind stays as it is; what fails after that closes the whole stack. */
export function detach<S extends Handle>(h: Handle, kind: LayerKind, syscall: string): S {
  const layer = takeOff<Layer<Beneath>>(h, kind, syscall);
  return orClose(layer.carrier, syscall, () => {
    layer.leave(syscall);
    return layer.carrier as S;
  });
}

/** The first step of taking a protocol off: its handle is gone. */
export function takeOff<L>(h: Handle, kind: LayerKind, syscall: string): L {
  const layer = layerOf<L>(h, kind, syscall);
  if (isClosing(h)) throw closingError(h, syscall);
  dropHandle(h);
  return layer;
}

export function layerOf<L>(h: Handle, kind: LayerKind, syscall: string): L {
  return queryHandle(h, kind, kind.name, syscall) as L;
}

/** Closes the socket if the function throws. */
function orClose<T>(h: Handle, syscall: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw closedFor(error, () => closeHandle(h, syscall));
  }
}

/** Closes the socket if the steps don't come to their end. */
export function orCloseAfter<T>(h: Handle, syscall: string, steps: Steps<T>): Steps<T> {
  return orAfter(() => closeHandle(h, syscall), steps);
}

function* orAfter<T>(close: () => void, steps: Steps<T>): Steps<T> {
  let isOver = false;
  try {
    const result = yield* steps;
    isOver = true;
    return result;
  } catch (error) {
    isOver = true;
    throw closedFor(error, close);
  } finally {
    if (!isOver) close();
  }
}

/** Closes the socket because of an error, and returns that, with what has failed besides. */
function closedFor(error: unknown, close: () => void): unknown {
  try {
    close();
  } catch (second) {
    return combine([error, second]);
  }
  return error;
}
