import { queryHandle } from "../../handles/index.js";
import { type Operation, operation, readDeadline, type Steps } from "../../kernel/index.js";
import type { Connection } from "../../sockets/index.js";
import { streamKind, type StreamSocket } from "./fromDuplex.js";

/**
 * Says that nothing more will be sent through a stream; receiving goes on.
 *
 * @param s - A socket made by {@link fromDuplex} or {@link fromWebStreams}.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; it needs no waiting and always comes in time.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `EBUSY`: a `copyBidirectional` uses the socket.
 * - `ECONNRESET`: the connection broke, or an earlier send failed.
 * - `EINVAL`: the deadline is none.
 * - `ENOTSUP`: the handle is no such socket.
 * - `EPIPE`: this end has said that it is done already.
 * @remarks Cancellation: it has been said.
 * Source: ipc_done(3) of libdill, https://libdill.org/ipc_done.html
 */
export function streamDone(s: StreamSocket, deadline: number): Operation<void> {
  return operation("stream_done", () => finish(s, deadline));
}

// oxlint-disable-next-line require-yield
function* finish(s: StreamSocket, deadline: number): Steps<void> {
  readDeadline(deadline, "stream_done");
  const found = queryHandle(s, streamKind, "a stream", "stream_done");
  (found as Connection).done("stream_done");
}
