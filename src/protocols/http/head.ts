// The grammar of heads (RFC 9112), both ways: what is refused when it comes is refused when it is to be sent.
import { dillError, textOf } from "../../errors/index.js";

/** A version of HTTP that has heads of this kind. */
export type HttpVersion = "1.0" | "1.1";

/** The first line of a request. */
export interface HttpRequest {
  /** The method, such as `"GET"`. */
  readonly command: string;
  /** The target, as it was sent: `"/index.html?a=b"`. */
  readonly resource: string;
  readonly version: HttpVersion;
}

/** The first line of a response. */
export interface HttpStatus {
  /** Three digits. */
  readonly status: number;
  /** It may be empty. */
  readonly reason: string;
  readonly version: HttpVersion;
}

/** One field of a head. */
export interface HttpField {
  /** As it was sent: names that differ in case only are the same. */
  readonly name: string;
  /** Without the spaces and tabs around it. Each character is one byte. */
  readonly value: string;
}

const token = /^[\w!#$%&'*+.^`|~-]+$/;
const target = /^[!-~]+$/;
const text = /^[\t -~\x80-\xff]*$/;
const requestLine = /^(\S+) (\S+) HTTP\/(1\.[01])$/;
const statusLine = /^HTTP\/(1\.[01]) (\d{3})(?: (.*))?$/;

export function parseRequest(line: string, syscall: string): HttpRequest {
  const [, command = "", resource = "", version] = requestLine.exec(line) ?? [];
  if (!token.test(command) || !target.test(resource)) throw malformed("request", line, syscall);
  return { command, resource, version: version as HttpVersion };
}

export function parseStatus(line: string, syscall: string): HttpStatus {
  const [, version, status, reason = ""] = statusLine.exec(line) ?? [];
  if (status === undefined) throw malformed("status line", line, syscall);
  return { status: Number(status), reason, version: version as HttpVersion };
}

export function parseField(line: string, syscall: string): HttpField {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0));
  // A line that goes on with the one before begins with a space: it has no name, either.
  if (!token.test(name)) throw malformed("field", line, syscall);
  return { name, value: trim(line.slice(colon + 1)) };
}

export function formatRequest(
  command: string,
  resource: string,
  syscall = "http_sendrequest",
): string {
  check(token, command, "a method", syscall);
  check(target, resource, "a target", syscall);
  return `${command} ${resource} HTTP/1.1`;
}

export function formatStatus(status: number, reason: string): string {
  const syscall = "http_sendstatus";
  if (!Number.isInteger(status) || status < 100 || status > 599) {
    throw invalid("a status from 100 to 599", status, syscall);
  }
  check(text, reason, "a reason", syscall);
  return `HTTP/1.1 ${status} ${reason}`;
}

export function formatField(name: string, value: string, syscall = "http_sendfield"): string {
  check(token, name, "a field's name", syscall);
  check(text, value, "a field's value", syscall);
  return `${name}: ${trim(value)}`;
}

/** Without the spaces and tabs around it. A regular expression would take quadratic time for a line full of spaces. */
export function trim(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start += 1;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function malformed(what: string, line: string, syscall: string): Error {
  const message = `the peer sends no ${what}: ${JSON.stringify(line.slice(0, 80))}`;
  return dillError("EPROTO", syscall, { message });
}

function check(allowed: RegExp, given: unknown, what: string, syscall: string): void {
  if (typeof given !== "string" || !allowed.test(given)) throw invalid(what, given, syscall);
}

function invalid(what: string, given: unknown, syscall: string): Error {
  return dillError("EINVAL", syscall, { message: `${textOf(given)} is not ${what}` });
}
