// Why a request is no opening handshake (RFC 6455, section 4.2.1), and what it is answered.
import type { HttpField } from "../http/head.js";
import { extensionsIn, isToken, listOf, lists, valuesOf } from "./fields.js";
import type { WsHead } from "./options.js";
import { isKey } from "./wsKeys.js";

export interface Refusal {
  readonly status: string;
  readonly fields: readonly HttpField[];
  readonly why: string;
}

const upgrade = { name: "Upgrade", value: "websocket" };

/** The first reason; undefined: it is one. */
export function refusalOf(head: WsHead): Refusal | undefined {
  const { command, version, fields } = head;
  const one = (name: string): string | undefined => {
    const values = valuesOf(fields, name);
    return values.length === 1 ? values[0] : undefined;
  };
  if (command !== "GET") return bad(`the method is ${command} and not GET`);
  if (version !== "1.1" || !lists(fields, "upgrade", "websocket")) {
    return other("it does not ask for WebSocket", upgrade);
  }
  if (!lists(fields, "connection", "upgrade")) return bad("Connection does not name Upgrade");
  if (one("host") === undefined) return bad("Host does not stand there once");
  if (one("sec-websocket-version") !== "13") {
    const known = { name: "Sec-WebSocket-Version", value: "13" };
    return other("the version is not 13", upgrade, known);
  }
  if (!isKey(one("sec-websocket-key") ?? "")) return bad("the key is none");
  if (!listOf(fields, "sec-websocket-protocol").every((each) => isToken(each))) {
    return bad("a subprotocol is none");
  }
  return extensionsIn(fields) === undefined ? bad("an extension is none") : undefined;
}

function bad(why: string): Refusal {
  return { status: "400 Bad Request", fields: [], why };
}

function other(why: string, ...fields: readonly HttpField[]): Refusal {
  return { status: "426 Upgrade Required", fields, why };
}
