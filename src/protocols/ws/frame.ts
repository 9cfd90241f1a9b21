// Frames (RFC 6455, section 5): their headers, and what may stand in a close frame.
import { dillError, textOf } from "../../errors/index.js";
import { codecs } from "../../host/codecs/index.js";
import { lengthOf } from "../limits.js";
import { addMaskKey, applyMask } from "./mask.js";

export const continuation = 0x0;
export const text = 0x1;
export const binary = 0x2;
export const close = 0x8;
export const ping = 0x9;
export const pong = 0xa;

/** The bits beside the opcode. */
export const isFinal = 0x80;
export const isCompressed = 0x40;
export const isReserved = 0x30;

/** Of the payload of a frame that is not a message's. */
export const longestControl = 125;

/** The first byte of a message's only frame. Throws EINVAL for a text that is none. */
export function firstOf(
  type: "text" | "binary",
  list: readonly Uint8Array[],
  syscall: string,
): number {
  if (type === "binary") return isFinal | binary;
  if (isText(list)) return isFinal | text;
  const message = "a text is sent as UTF-8, and these bytes are none";
  throw dillError("EINVAL", syscall, { message });
}

/** Up to so many bytes, a copy is cheaper than a second buffer in the list (bench: ws). */
const fewBytes = 2048;

/** A whole message, or a control frame: its first byte says what. A client's are masked, in memory of their own. */
export function frameOf(
  first: number,
  list: readonly Uint8Array[],
  isMasked: boolean,
): readonly Uint8Array[] {
  const length = lengthOf(list);
  const extra = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const start = 2 + extra + (isMasked ? 4 : 0);
  const isOne = isMasked || length <= fewBytes;
  const bytes = Buffer.allocUnsafe(isOne ? start + length : start);
  bytes[0] = first;
  bytes[1] = (isMasked ? 0x80 : 0) + (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) bytes.writeUInt16BE(length, 2);
  else if (extra === 8) bytes.writeBigUInt64BE(BigInt(length), 2);
  if (!isOne) return [bytes, ...list];
  let at = start;
  for (const each of list) {
    bytes.set(each, at);
    at += each.length;
  }
  if (isMasked) {
    addMaskKey(bytes, start - 4);
    applyMask(bytes, start, at, bytes, start - 4, 0);
  }
  return [bytes];
}

/** Whether an endpoint may send this code (RFC 6455, section 7.4, and what is registered since then). */
export function isCloseCode(code: unknown): boolean {
  if (typeof code !== "number" || !Number.isInteger(code)) return false;
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

/** What stands in a close frame; the status 0 is none. */
export function closePayload(status: number, reason: string, syscall: string): Buffer {
  if (typeof reason !== "string") {
    throw dillError("EINVAL", syscall, { message: `the reason is text, not ${textOf(reason)}` });
  }
  if (status === 0 && reason === "") return Buffer.alloc(0);
  if (!isCloseCode(status)) {
    const what = status === 0 ? "a reason needs a status" : `${textOf(status)} is no status`;
    const message = `${what}: from 1000 to 1014, but for 1004 to 1006, and from 3000 to 4999`;
    throw dillError("EINVAL", syscall, { message });
  }
  const payload = Buffer.concat([Buffer.from([status >> 8, status & 0xff]), Buffer.from(reason)]);
  checkControl(payload, syscall);
  return payload;
}

export function checkControl(payload: Uint8Array, syscall: string): void {
  if (payload.length <= longestControl) return;
  const message = `a control frame carries at most ${longestControl} bytes, not ${payload.length}`;
  throw dillError("EMSGSIZE", syscall, { message });
}

export function isText(list: readonly Uint8Array[]): boolean {
  const [only] = list;
  const bytes = only !== undefined && list.length === 1 ? only : Buffer.concat(list);
  return codecs().isUtf8(bytes);
}
