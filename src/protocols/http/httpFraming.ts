import { dillError } from "../../errors/index.js";
import { type HttpField, trim } from "./head.js";

/**
 * How long the body behind a head is: so many bytes, or as many as the chunks say. With neither of the fields, it is
 * `"none"`: a request has no body then, and a response's goes on to the end of the connection.
 */
export type HttpFraming =
  | { readonly type: "length"; readonly length: number }
  | { readonly type: "chunked" }
  | { readonly type: "none" };

/**
 * Says how long the body behind a head is, by its fields.
 *
 * Two parsers that disagree about this take different bytes for the next request. So all that one could disagree about is
 * refused: a length beside a transfer coding, two lengths, also equal ones, a coding other than `chunked`. Close the
 * connection then. The fields alone don't say that a response to `HEAD`, or with status 1xx, 204 or 304, has no body, and
 * that a message of version 1.0 must not be chunked. Never blocks.
 *
 * @param fields - All fields of the head.
 * @returns The framing of the body.
 * @throws {@link DillError}
 * - `EPROTO`: the fields contradict each other, or say what is not known.
 * @see RFC 9112, section 6, https://www.rfc-editor.org/rfc/rfc9112#section-6
 */
export function httpFraming(fields: Iterable<HttpField>): HttpFraming {
  const lengths: string[] = [];
  const codings: string[] = [];
  for (const { name, value } of fields) {
    const lower = name.toLowerCase();
    if (lower === "content-length") lengths.push(trim(value));
    else if (lower === "transfer-encoding") codings.push(trim(value));
  }
  if (lengths.length + codings.length > 1) throw unframed([...lengths, ...codings].join(" and "));
  const [length] = lengths;
  if (length !== undefined) return { type: "length", length: lengthOf(length) };
  const [coding] = codings;
  if (coding === undefined) return { type: "none" };
  if (coding.toLowerCase() !== "chunked") throw unframed(coding);
  return { type: "chunked" };
}

function lengthOf(value: string): number {
  const length = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(length)) throw unframed(value);
  return length;
}

function unframed(said: string): Error {
  const message = `the body's length can't be told, its head says: ${said}`;
  return dillError("EPROTO", "http_framing", { message });
}
