// What attaching may be told.
import { dillError, textOf } from "../../errors/index.js";
import type { HttpField, HttpRequest } from "../http/head.js";
import { checkMaxSize } from "../limits.js";
import { isToken } from "./fields.js";
import { checkDeflate, type DeflateTerms, type WsDeflateOptions } from "./negotiate.js";

/** What {@link wsAttachClient} and {@link wsAttachServer} may be told. */
export interface WsOptions {
  /** {@link msend} and {@link mrecv} carry text; if not given, binary messages. */
  readonly text?: boolean | undefined;
  /** Nothing is said to the peer: both have agreed to speak WebSocket otherwise. */
  readonly noHttp?: boolean | undefined;
  /** Subprotocols: what a client would like, best first; what a server speaks. */
  readonly protocols?: readonly string[] | undefined;
  /** A message that is longer is not received: 16 MiB if not given, in bytes, decompressed. */
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
  /** Fields to send besides, such as `Origin` or `Cookie`. */
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
  /** The request, where {@link httpRecvrequest} and {@link httpRecvfield} have received it: it is only answered. */
  readonly head?: WsHead | undefined;
}

export interface Terms {
  readonly isText: boolean;
  readonly isSilent: boolean;
  readonly protocols: readonly string[];
  readonly maxSize: number;
  readonly deflate: DeflateTerms | null;
}

export function checkOptions(options: WsOptions, syscall: string): Terms {
  if (typeof options !== "object" || options === null) {
    throw dillError("EINVAL", syscall, { message: `it needs options, not ${textOf(options)}` });
  }
  const { text = false, noHttp = false, protocols = [] } = options;
  if (typeof text !== "boolean") throw invalid("text", text, syscall);
  if (typeof noHttp !== "boolean") throw invalid("noHttp", noHttp, syscall);
  const isList = Array.isArray(protocols) && protocols.every((each) => isToken(each));
  if (!isList || new Set(protocols).size < protocols.length) {
    const message = `protocols is a list of tokens, each once, not ${textOf(protocols)}`;
    throw dillError("EINVAL", syscall, { message });
  }
  return {
    isText: text,
    isSilent: noHttp,
    protocols: [...protocols],
    maxSize: checkMaxSize(options.maxSize, 2 ** 24, syscall),
    deflate: checkDeflate(options.deflate, syscall),
  };
}

function invalid(option: string, given: unknown, syscall: string): Error {
  const message = `${option} is true or false, not ${textOf(given)}`;
  return dillError("EINVAL", syscall, { message });
}
