import type { HttpField, HttpStatus } from "../http/head.js";

/**
 * What a server has answered in place of a WebSocket: the `cause` of the `EPROTO` that {@link wsAttachClient} throws then.
 *
 * A client sees by it whether to ask again, and when: 503 with `Retry-After`, or 401, or 302 with `Location`.
 *
 * Source: RFC 6455, section 4.1, https://www.rfc-editor.org/rfc/rfc6455#section-4.1
 */
export class WsRefusal extends Error {
  /** The answer's status: 403, say. */
  readonly status: number;
  /** The words behind it, which may be none. */
  readonly reason: string;
  /** All fields of the answer, in their order. */
  readonly fields: readonly HttpField[];

  /** @internal */
  constructor({ status, reason }: HttpStatus, fields: readonly HttpField[]) {
    super(`${status} ${reason}`.trimEnd());
    this.status = status;
    this.reason = reason;
    this.fields = fields;
  }
}

Object.defineProperty(WsRefusal.prototype, "name", { value: "WsRefusal", configurable: true });
