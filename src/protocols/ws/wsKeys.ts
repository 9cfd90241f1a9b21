import { dillError, textOf } from "../../errors/index.js";
import { codecs } from "../../host/codecs/index.js";

/** What every server puts behind a key (RFC 6455, section 1.3). */
const magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const key16 = /^[A-Za-z0-9+/]{22}==$/;

/**
 * Makes the key with which a client asks for WebSockets, for handshakes by hand. Never blocks.
 *
 * @returns 16 random bytes in base64: the value of `Sec-WebSocket-Key`.
 * @see ws_request_key(3), https://libdill.org/ws_request_key.html
 */
export function wsRequestKey(): string {
  const bytes = Buffer.alloc(16);
  codecs().randomFill(bytes);
  return bytes.toString("base64");
}

/**
 * Makes a server's answer to a client's key, for handshakes by hand. Unlike libdill, which decodes leniently, the key must be the
 * base64 of 16 bytes to the letter. Never blocks.
 *
 * @param key - The value of the client's `Sec-WebSocket-Key`.
 * @returns The value of `Sec-WebSocket-Accept`.
 * @throws {@link DillError}
 * - `EPROTO`: the key is none.
 * @see ws_response_key(3), https://libdill.org/ws_response_key.html
 */
export function wsResponseKey(key: string): string {
  if (typeof key !== "string" || !isKey(key)) {
    const message = `a key is 16 bytes in base64, not ${textOf(key)}`;
    throw dillError("EPROTO", "ws_response_key", { message });
  }
  return codecs().sha1(key + magic);
}

export function isKey(value: string): boolean {
  return key16.test(value);
}
