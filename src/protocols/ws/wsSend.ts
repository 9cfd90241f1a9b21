import { dillError, textOf } from "../../errors/index.js";
import { Delegation, type Operation, operation } from "../../kernel/index.js";
import { checkSendList, layerOf } from "../../sockets/index.js";
import { type Ws, wsKind, type WsSocket } from "./wsSocket.js";

/**
 * Sends a message of that type. It goes as one frame; {@link msend} sends one of the type that the socket was attached for.
 *
 * @param s - Handle of a ws socket.
 * @param type - `"text"` or `"binary"`.
 * @param data - The message; it may be empty. Text as bytes must be UTF-8; a string's surrogates without a partner are sent as U+FFFD.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what can be sent at once.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and not all of it could be sent without waiting.
 * - `ECONNRESET`: the connection broke, or an earlier send failed.
 * - `EINVAL`: the deadline, the type or the data is none, or a text is not UTF-8; nothing was sent.
 * - `ENOTSUP`: the handle is not a ws socket.
 * - `EPIPE`: the close frame was sent: by {@link wsDone}, or because the peer had sent what it must not.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: if part of the message had been sent, this direction gives `ECONNRESET` from then on. Receiving is
 * not affected.
 * @see ws_send(3), https://libdill.org/ws_send.html
 * @see RFC 6455, section 5.6, https://www.rfc-editor.org/rfc/rfc6455#section-5.6
 */
export function wsSend(
  s: WsSocket,
  type: "text",
  data: string | Uint8Array,
  deadline: number,
): Operation<void>;
/**
 * Sends a binary message.
 *
 * @param s - Handle of a ws socket.
 * @param type - `"text"` or `"binary"`.
 * @param data - The message; it may be empty.
 * @param deadline - As for the other form.
 * @throws {@link DillError} As for the other form.
 */
export function wsSend(
  s: WsSocket,
  type: "text" | "binary",
  data: Uint8Array,
  deadline: number,
): Operation<void>;
export function wsSend(
  s: WsSocket,
  type: "text" | "binary",
  data: string | Uint8Array,
  deadline: number,
): Operation<void> {
  const list = [type === "text" && typeof data === "string" ? Buffer.from(data) : data];
  return new WsSending(s, type, list, deadline, "ws_send");
}

/**
 * Sends several buffers as one message of that type.
 *
 * @param s - Handle of a ws socket.
 * @param type - `"text"` or `"binary"`.
 * @param list - The buffers, in order. Those of a text must be UTF-8 together.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what can be sent at once.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled, and not all of it could be sent without waiting.
 * - `ECONNRESET`: the connection broke, or an earlier send failed.
 * - `EINVAL`: the deadline or the type is none, the list holds something that is no buffer, or a text is not UTF-8.
 * - `ENOTSUP`: the handle is not a ws socket.
 * - `EPIPE`: the close frame was sent: by {@link wsDone}, or because the peer had sent what it must not.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: as for {@link wsSend}.
 * @see ws_sendl(3), https://libdill.org/ws_sendl.html
 */
export function wsSendl(
  s: WsSocket,
  type: "text" | "binary",
  list: readonly Uint8Array[],
  deadline: number,
): Operation<void> {
  return new WsSending(s, type, list, deadline, "ws_sendl");
}

class WsSending extends Delegation<void, void> {
  readonly syscall: string;
  private readonly s: WsSocket;
  private readonly type: "text" | "binary";
  private readonly list: readonly unknown[];
  private readonly deadline: number;

  constructor(
    s: WsSocket,
    type: "text" | "binary",
    list: readonly unknown[],
    deadline: number,
    syscall: string,
  ) {
    super();
    this.syscall = syscall;
    this.s = s;
    this.type = type;
    this.list = list;
    this.deadline = deadline;
  }

  protected delegate(): Operation<void> {
    const { s, type, deadline, syscall } = this;
    if (type !== "text" && type !== "binary") {
      const message = `a message is "text" or "binary", not ${textOf(type)}`;
      throw dillError("EINVAL", syscall, { message });
    }
    const ws = layerOf<Ws>(s, wsKind, syscall);
    return ws.sendAs(type, checkSendList(this.list, syscall), deadline, syscall);
  }

  protected result(): void {}

  protected copy(): WsSending {
    return new WsSending(this.s, this.type, this.list, this.deadline, this.syscall);
  }
}

/**
 * Asks the peer for a sign of life, which every WebSocket gives: a pong, which its receives here drop.
 *
 * Goes behind the message that another coroutine is sending, so that a coroutine of its own can do this again and again. If
 * the peer is gone, the connection breaks sooner or later, and so do the receives. An addition: libdill has no pings.
 *
 * @param s - Handle of a ws socket.
 * @param data - Up to 125 bytes, which the peer sends back.
 * @param deadline - Point on the clock of {@link now}, in milliseconds. It counts only over a bytestream that has no `post`.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `ECONNRESET`: the connection broke, an earlier send failed, or 64 KiB of such frames wait already.
 * - `EINVAL`: the deadline or the data is none.
 * - `EMSGSIZE`: the data is longer.
 * - `ENOTSUP`: the handle is not a ws socket.
 * - `EPIPE`: the close frame was sent.
 *
 * Besides, over a bytestream that has no `post`, all that its send throws.
 * @remarks Cancellation: over a bytestream that has a `post` it never waits, and so it works in a canceled coroutine, too.
 *
 * Source: RFC 6455, section 5.5.2, https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2
 */
export function wsPing(s: WsSocket, data: Uint8Array, deadline: number): Operation<void> {
  const syscall = "ws_ping";
  return operation(syscall, () => {
    const [payload] = checkSendList([data], syscall) as [Uint8Array];
    return layerOf<Ws>(s, wsKind, syscall).ping(payload, deadline, syscall);
  });
}
