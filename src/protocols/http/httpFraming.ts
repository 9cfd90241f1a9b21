import { dillError, textOf } from "../../errors/index.js";
import { type HttpField, type HttpVersion, trim } from "./head.js";

/**
 * How long the body behind a head is: so many bytes, or as many as the chunks say. With neither of the fields, it is
 * `"none"`: a request has no body then, and a response's goes on to the end of the connection.
 */
export type HttpFraming =
  | { readonly type: "length"; readonly length: number }
  | { readonly type: "chunked" }
  | { readonly type: "none" };

/**
 * Says how long the body behind a head is, by its fields and its version.
 *
 * Two parsers that disagree about this take different bytes for the next request. So all that one could disagree about is
 * refused: a length beside a transfer coding, two lengths, also equal ones, a coding other than `chunked`, and any coding in a
 * message of version 1.0. Close the connection then. What neither fields nor version say: a response to `HEAD`, or with
 * status 1xx, 204 or 304, has no body. Never blocks.
 *
 * @param fields - All fields of the head.
 * @param version - That of the head's first line.
 * @returns The framing of the body.
 * @throws {@link DillError}
 * - `EINVAL`: the version is none.
 * - `EPROTO`: the fields contradict each other, or say what is not known.
 * @see RFC 9112, section 6, https://www.rfc-editor.org/rfc/rfc9112#section-6
 */
export function httpFraming(fields: Iterable<HttpField>, version: HttpVersion): HttpFraming {
  if (version !== "1.0" && version !== "1.1") {
    const message = `the version is that of the head, "1.0" or "1.1", not ${textOf(version)}`;
    throw dillError("EINVAL", "http_framing", { message });
  }
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
  if (coding.toLowerCase() !== "chunked" || version === "1.0") throw unframed(coding);
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
