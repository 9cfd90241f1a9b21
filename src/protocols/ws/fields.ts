// Fields of heads that say lists (RFC 9110, section 5.6), and those of extensions (RFC 6455, section 9.1).
import type { HttpField } from "../http/head.js";

const token = /^[\w!#$%&'*+.^`|~-]+$/;

export function isToken(value: unknown): value is string {
  return typeof value === "string" && token.test(value);
}

/** All values of a name, in their order. */
export function valuesOf(fields: readonly HttpField[], name: string): string[] {
  return fields.filter((field) => field.name.toLowerCase() === name).map(({ value }) => value);
}

/** The elements of all lists of that name. */
export function listOf(fields: readonly HttpField[], name: string): string[] {
  return split(valuesOf(fields, name).join(","), ",").filter((element) => element !== "");
}

/** Whether the lists have the element, in whatever case. */
export function lists(fields: readonly HttpField[], name: string, element: string): boolean {
  return listOf(fields, name).some((each) => each.toLowerCase() === element);
}

/** An extension's name and its parameters; `true` is one without a value. */
export interface Extension {
  readonly name: string;
  readonly params: ReadonlyMap<string, string | true>;
}

/** The extensions that are asked for, or agreed on; undefined: what stands there says none. */
export function extensionsIn(fields: readonly HttpField[]): Extension[] | undefined {
  const found = listOf(fields, "sec-websocket-extensions").map(parseExtension);
  return found.includes(undefined) ? undefined : (found as Extension[]);
}

function parseExtension(element: string): Extension | undefined {
  const [name, ...rest] = split(element, ";");
  const params = new Map<string, string | true>();
  for (const each of rest) {
    const [key, value, ...more] = split(each, "=");
    const bare = value?.replace(/^"(.*)"$/, "$1");
    const isFine = isToken(key) && (bare === undefined || isToken(bare)) && more.length === 0;
    if (!isFine || params.has(key)) return undefined;
    params.set(key, bare ?? true);
  }
  return isToken(name) ? { name, params } : undefined;
}

export function formatExtension({ name, params }: Extension): string {
  const said = [...params].map(([key, value]) => (value === true ? key : `${key}=${value}`));
  return [name, ...said].join("; ");
}

function split(value: string, separator: string): string[] {
  return value.split(separator).map((part) => part.trim());
}
