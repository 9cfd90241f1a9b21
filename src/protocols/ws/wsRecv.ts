import { Delegation, type Operation } from "../../kernel/index.js";
import { givenTargets, layerOf, type ReceiveTarget } from "../../sockets/index.js";
import { type ended, type Received } from "./frameReader.js";
import { notEnded, ReceivingAnyInto } from "./receivingData.js";
import { type Ws, wsKind, type WsSocket } from "./wsSocket.js";

/** A message, with its type. */
export type WsMessage =
  | { readonly type: "text"; readonly data: string }
  | { readonly type: "binary"; readonly data: Buffer };

/** What {@link wsRecvl} tells of a message. */
export interface WsReceived {
  readonly type: "text" | "binary";
  /** In bytes. */
  readonly length: number;
}

/**
 * Receives a message of any type.
 *
 * Fragments are put together, pings between them are answered, and the text is checked to be UTF-8, unlike in libdill. A peer
 * that sends what it must not is told why in a close frame, and nothing can be sent to it any more.
 *
 * @param s - Handle of a ws socket.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The message: a text as a string, a binary one as a buffer, as {@link mrecv} returns it.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and no whole message had come.
 * - `ECONNRESET`: the connection broke or ended inside a message, or an earlier receive found what is no message.
 * - `EINVAL`: the deadline is none.
 * - `EMSGSIZE`: the message is longer than `maxSize`; the direction gives `ECONNRESET` from then on.
 * - `ENOTSUP`: the handle is not a ws socket.
 * - `EPIPE`: the peer's close frame has come: see {@link wsStatus}. Or its connection has ended without one.
 * - `EPROTO`: the peer violates the protocol; the direction gives `ECONNRESET` from then on.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: nothing is lost. What has come of a message waits for the next receive. The same goes for a deadline.
 * @see ws_recv(3), https://libdill.org/ws_recv.html
 * @see RFC 6455, section 5, https://www.rfc-editor.org/rfc/rfc6455#section-5
 */
export function wsRecv(s: WsSocket, deadline: number): Operation<WsMessage> {
  return new WsReceiving(s, deadline);
}

class WsReceiving extends Delegation<WsMessage, Received | typeof ended> {
  readonly syscall = "ws_recv";
  private readonly s: WsSocket;
  private readonly deadline: number;

  constructor(s: WsSocket, deadline: number) {
    super();
    this.s = s;
    this.deadline = deadline;
  }

  protected delegate(): Operation<Received | typeof ended> {
    return layerOf<Ws>(this.s, wsKind, this.syscall).receiveNext(this.deadline, this.syscall);
  }

  protected result(found: Received | typeof ended): WsMessage {
    const { type, data } = notEnded(found, this.syscall);
    return type === "text" ? { type, data: data.toString() } : { type, data };
  }

  protected copy(): WsReceiving {
    return new WsReceiving(this.s, this.deadline);
  }
}

/**
 * Receives a message of any type into several buffers, one after the other, and drops what stands between them.
 *
 * @param s - Handle of a ws socket.
 * @param targets - In order: buffers to fill, and `{ skip: n }` for n bytes to drop.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns The message's type, and how long it is.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and no whole message had come.
 * - `ECONNRESET`: the connection broke or ended inside a message, or an earlier receive found what is no message.
 * - `EINVAL`: the deadline is none, the list holds something else, or a buffer's memory was given away meanwhile.
 * - `EMSGSIZE`: the message is longer than all targets together, and waits for a receive with more room; or it is longer
 * than `maxSize`, and the direction gives `ECONNRESET` from then on.
 * - `ENOTSUP`: the handle is not a ws socket.
 * - `EPIPE`: the peer's close frame has come, or its connection has ended without one.
 * - `EPROTO`: the peer violates the protocol; the direction gives `ECONNRESET` from then on.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: as for {@link wsRecv}.
 * @see ws_recvl(3), https://libdill.org/ws_recvl.html
 */
export function wsRecvl(
  s: WsSocket,
  targets: readonly ReceiveTarget[],
  deadline: number,
): Operation<WsReceived> {
  return new WsReceivingInto(s, targets, deadline);
}

class WsReceivingInto extends Delegation<WsReceived, WsReceived> {
  readonly syscall = "ws_recvl";
  private readonly s: WsSocket;
  private readonly targets: readonly ReceiveTarget[];
  private readonly deadline: number;

  constructor(s: WsSocket, targets: readonly ReceiveTarget[], deadline: number) {
    super();
    this.s = s;
    this.targets = targets;
    this.deadline = deadline;
  }

  protected delegate(): Operation<WsReceived> {
    const { s, targets, deadline, syscall } = this;
    const ws = layerOf<Ws>(s, wsKind, syscall);
    return new ReceivingAnyInto(ws, givenTargets(targets, syscall), deadline, syscall);
  }

  protected result(received: WsReceived): WsReceived {
    return received;
  }

  protected copy(): WsReceivingInto {
    return new WsReceivingInto(this.s, this.targets, this.deadline);
  }
}
