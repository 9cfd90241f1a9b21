import type { TlsInfo } from "../../host/tls/index.js";
import { layerOf } from "../../sockets/index.js";
import type { TlsSocket } from "./tlsAttach.js";
import { type Tls, tlsKind } from "./tlsLayer.js";

/**
 * What the two sides have agreed on in the handshake: version, cipher, protocol, name, the peer's certificate, and whether an
 * earlier session was taken up. Never blocks.
 *
 * `session` is for the `session` of {@link tlsAttachClient}, later. In TLS 1.3 a server sends it after the handshake, so that it is null
 * until something was received; each time that it changes, the newest is best.
 *
 * @param s - Handle of a TLS socket.
 * @returns What was agreed on.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ENOTSUP`: the handle is not a TLS socket.
 * Source: tls.TLSSocket of Node, https://nodejs.org/api/tls.html
 */
export function tlsInfo(s: TlsSocket): TlsInfo {
  return layerOf<Tls>(s, tlsKind, "tls_info").engine.info();
}
