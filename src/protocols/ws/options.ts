// What attaching may be told.
import { dillError, Options } from "../../errors/index.js";
import type { HttpField, HttpRequest } from "../http/head.js";
import { readMaxSize } from "../limits.js";
import { isToken } from "./fields.js";
import { type DeflateTerms, readDeflate, type WsDeflateOptions } from "./negotiate.js";

/** What {@link wsAttachClient} and {@link wsAttachServer} may be told. */
export interface WsOptions {
  /** {@link msend} and {@link mrecv} carry text; if not given, binary messages. */
  readonly text?: boolean | undefined;
  /** Nothing is said to the peer: both have agreed to speak WebSocket otherwise. */
  readonly noHttp?: boolean | undefined;
  /** Subprotocols: what a client would like, best first; what a server speaks. */
  readonly protocols?: readonly string[] | undefined;
  /** A message that is longer is not received: 16 MiB if not given, and 4 GiB at most, in bytes, decompressed. */
  readonly maxSize?: number | undefined;
  /** Messages are compressed, if the peer agrees: permessage-deflate. Not if not given. */
  readonly deflate?: boolean | WsDeflateOptions | undefined;
}

/** What a client asks for. */
export interface WsTarget {
  readonly noHttp?: false | undefined;
  /** The target of the request: `"/chat"`. */
  readonly resource: string;
  /** The field `Host`: `"example.org"`, with the port unless that is 80. */
  readonly host: string;
  /** Fields to send besides, such as `Origin` or `Cookie`; none of those that the opening handshake consists of. */
  readonly fields?: readonly HttpField[] | undefined;
}

/** What {@link wsAttachClient} may be told. */
export type WsClientOptions = WsOptions & (WsTarget | { readonly noHttp: true });

/** A request that was received already. */
export interface WsHead extends HttpRequest {
  readonly fields: readonly HttpField[];
}

/** What {@link wsAttachServer} may be told. */
export interface WsServerOptions extends WsOptions {
  /** The request, where `httpRecvrequest` and `httpRecvfield` have received it: it is only answered. */
  readonly head?: WsHead | undefined;
}

/** What was told, checked. */
export interface Terms {
  readonly isText: boolean;
  readonly isSilent: boolean;
  readonly protocols: readonly string[];
  readonly maxSize: number;
  readonly deflate: DeflateTerms | null;
}

export function readOptions(given: WsOptions, syscall: string): Terms {
  const options = new Options<WsOptions>(given, syscall);
  const deflate = options.read("deflate", false, "true, false or an object", isDeflate);
  return {
    isText: options.flag("text", false),
    isSilent: options.flag("noHttp", false),
    protocols: options.read("protocols", [], "a list of tokens, each once", areProtocols).slice(),
    maxSize: readMaxSize(options, 2 ** 24),
    deflate: deflate === false ? null : readDeflate(deflate === true ? {} : deflate, syscall),
  };
}

/** What a client asks for. */
export function readTarget(given: WsOptions & Asked, syscall: string): Target {
  const options = new Options<Asked>(given, syscall);
  const [resource, host] = (["resource", "host"] as const).map((name) => {
    const text = options.read(name, undefined, "text", (value) => typeof value === "string");
    if (text !== undefined && text !== "") return text;
    throw dillError("EINVAL", syscall, { message: `a client says which ${name} it asks for` });
  }) as [string, string];
  return { resource, host, fields: options.read("fields", [], ownFields, areOwnFields) };
}

/** The request, if it was received already. */
export function readHead(given: WsServerOptions, syscall: string): WsHead | undefined {
  const options = new Options<WsServerOptions>(given, syscall);
  return options.read("head", undefined, "a request with its fields", isHead);
}

type Asked = Partial<Omit<WsTarget, "noHttp">>;

export interface Target {
  readonly resource: string;
  readonly host: string;
  readonly fields: readonly HttpField[];
}

function isDeflate(value: unknown): value is boolean | WsDeflateOptions {
  return typeof value === "boolean" || (typeof value === "object" && value !== null);
}

function areProtocols(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.every((each) => isToken(each)) &&
    new Set(value).size === value.length
  );
}

function areFields(value: unknown): value is HttpField[] {
  return Array.isArray(value) && value.every((each) => isField(each));
}

/** What the opening handshake says itself. A second field of that name would say something else. */
const said = /^(?:connection|host|upgrade|sec-websocket-(?:extensions|key|protocol|version))$/i;
const ownFields = "a list of fields, of which none is one of the opening handshake's";

function areOwnFields(value: unknown): value is HttpField[] {
  return areFields(value) && !value.some(({ name }) => said.test(name));
}

function isField(each: Partial<HttpField>): boolean {
  return typeof each.name === "string" && typeof each.value === "string";
}

function isHead(value: unknown): value is WsHead {
  const { command, resource, version, fields } = value as Partial<WsHead>;
  const areTexts = [command, resource, version].every((text) => typeof text === "string");
  return areTexts && areFields(fields);
}
