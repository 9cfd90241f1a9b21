// The opening handshake (RFC 6455, section 4): a request of HTTP's and its answer, after which the connection is another.
import { dillError, isErrno } from "../../errors/index.js";
import { host } from "../../host/index.js";
import { readDeadline, type Steps } from "../../kernel/index.js";
import { type BytestreamMethods, endInOrder, receiveWith } from "../../sockets/index.js";
import {
  formatField,
  formatRequest,
  type HttpField,
  type HttpStatus,
  parseRequest,
  parseStatus,
} from "../http/head.js";
import { extensionsIn, formatExtension, listOf, lists, valuesOf } from "./fields.js";
import { type Head, HeadReader } from "./headReader.js";
import { accept, agreeTo, type Agreement, offerOf } from "./negotiate.js";
import type { Target, Terms, WsHead } from "./options.js";
import { refusalOf } from "./refusal.js";
import { WsRefusal } from "./wsRefusal.js";
import { wsRequestKey, wsResponseKey } from "./wsKeys.js";

/** What was said when a connection was made. */
export interface WsRequest {
  /** What the client asks for: `"/chat?room=5"`. Empty, as all the rest, if nothing was said. */
  readonly resource: string;
  /** The server's name, as the client knows it. */
  readonly host: string;
  /** The subprotocol that both have agreed on; empty if there is none. */
  readonly protocol: string;
  /** All fields that the peer has sent: at a server, those of the request, such as `Origin`. */
  readonly fields: readonly HttpField[];
}

export interface Opened {
  readonly request: WsRequest;
  readonly deflate: Agreement | null;
}

export const silent: Opened = {
  request: { resource: "", host: "", protocol: "", fields: [] },
  deflate: null,
};

const clientSyscall = "ws_attach_client";
const serverSyscall = "ws_attach_server";

/** Asks a server. */
export function* ask(
  methods: BytestreamMethods,
  { resource, host: name, fields }: Target,
  terms: Terms,
  deadline: number,
): Steps<Opened> {
  const key = wsRequestKey();
  const { protocols, deflate } = terms;
  const said: HttpField[] = [
    { name: "Host", value: name },
    { name: "Upgrade", value: "websocket" },
    { name: "Connection", value: "Upgrade" },
    { name: "Sec-WebSocket-Key", value: key },
    { name: "Sec-WebSocket-Version", value: "13" },
    ...optional("Sec-WebSocket-Protocol", protocols.join(", ")),
    ...optional(
      "Sec-WebSocket-Extensions",
      deflate === null ? "" : formatExtension(offerOf(deflate)),
    ),
    ...fields,
  ];
  const first = formatRequest("GET", resource, clientSyscall);
  yield* methods.send([headBytes(first, said, clientSyscall)], deadline, clientSyscall);
  const answer = yield* receiveAnswer(methods, deadline);
  if (answer.first.status !== 101) throw refusedBy(answer);
  const refused = faultIn(answer, key);
  if (refused !== undefined) throw dillError("EPROTO", clientSyscall, { message: refused });
  const protocol = listOf(answer.fields, "sec-websocket-protocol").join(", ");
  const chosen = protocol === "" || protocols.includes(protocol);
  const [extension, ...more] = extensionsIn(answer.fields) ?? [undefined, undefined];
  const agreement =
    extension === undefined || deflate === null ? undefined : agreeTo(extension, deflate);
  const isExtended = extension !== undefined || more.length > 0;
  if (!chosen || (isExtended && (agreement === undefined || more.length > 0))) {
    const message = "the server chooses what it was not offered";
    throw dillError("EPROTO", clientSyscall, { message });
  }
  const request = { resource, host: name, protocol, fields: answer.fields };
  return { request, deflate: agreement ?? null };
}

/** The last answer: others, with a status below 200, may come before it. */
function* receiveAnswer(methods: BytestreamMethods, deadline: number): Steps<Head<HttpStatus>> {
  for (;;) {
    const reader = new HeadReader(parseStatus, clientSyscall);
    const answer = yield* receiveWith(methods, reader, deadline, clientSyscall);
    const { status } = answer.first;
    if (status === 101 || status >= 200) return answer;
  }
}

function refusedBy({ first, fields }: Head<HttpStatus>): Error {
  const cause = new WsRefusal(first, fields);
  const message = `the server does not speak WebSocket here: ${cause.message}`;
  return dillError("EPROTO", clientSyscall, { message, cause });
}

function faultIn({ fields }: Head<HttpStatus>, key: string): string | undefined {
  const [accepted, ...more] = valuesOf(fields, "sec-websocket-accept");
  if (accepted !== wsResponseKey(key) || more.length > 0) return "the server has not seen the key";
  const isUpgraded =
    lists(fields, "upgrade", "websocket") &&
    listOf(fields, "upgrade").length === 1 &&
    lists(fields, "connection", "upgrade");
  return isUpgraded ? undefined : "the server does not change the protocol";
}

/** Answers a client. One whose request is none is told so before that is thrown. */
export function* respond(
  methods: BytestreamMethods,
  given: WsHead | undefined,
  terms: Terms,
  deadline: number,
): Steps<Opened> {
  const head = given ?? (yield* receiveRequest(methods, deadline));
  const refusal = refusalOf(head);
  if (refusal !== undefined) {
    yield* refuse(methods, refusal.status, refusal.fields, deadline);
    throw dillError("EPROTO", serverSyscall, { message: `the client is refused: ${refusal.why}` });
  }
  const { fields } = head;
  const asked = listOf(fields, "sec-websocket-protocol");
  const protocol = asked.find((each) => terms.protocols.includes(each)) ?? "";
  const offers = extensionsIn(fields) ?? [];
  const accepted = terms.deflate === null ? undefined : accept(offers, terms.deflate);
  const [key = ""] = valuesOf(fields, "sec-websocket-key");
  const said = [
    { name: "Upgrade", value: "websocket" },
    { name: "Connection", value: "Upgrade" },
    { name: "Sec-WebSocket-Accept", value: wsResponseKey(key) },
    ...optional("Sec-WebSocket-Protocol", protocol),
    ...optional(
      "Sec-WebSocket-Extensions",
      accepted === undefined ? "" : formatExtension(accepted.answer),
    ),
  ];
  const bytes = headBytes("HTTP/1.1 101 Switching Protocols", said, serverSyscall);
  yield* methods.send([bytes], deadline, serverSyscall);
  const [name = ""] = valuesOf(fields, "host");
  const request = { resource: head.resource, host: name, protocol, fields };
  return { request, deflate: accepted?.agreement ?? null };
}

function* receiveRequest(methods: BytestreamMethods, deadline: number): Steps<WsHead> {
  const reader = new HeadReader(parseRequest, serverSyscall);
  try {
    const { first, fields } = yield* receiveWith(methods, reader, deadline, serverSyscall);
    return { ...first, fields };
  } catch (error) {
    const isLong = isErrno(error, "EMSGSIZE");
    if (!isLong && !isErrno(error, "EPROTO")) throw error;
    const status = isLong ? "431 Request Header Fields Too Large" : "400 Bad Request";
    yield* refuse(methods, status, [], deadline);
    throw error;
  }
}

/** How long a client that is refused may take to end its side, in milliseconds. */
const patience = 1000;

/** A socket that is closed while the client still sends would be reset, and the answer lost. */
function* refuse(
  methods: BytestreamMethods,
  status: string,
  fields: readonly HttpField[],
  deadline: number,
): Steps<void> {
  const said = [
    ...fields,
    { name: "Connection", value: fields.length > 0 ? "close, Upgrade" : "close" },
    { name: "Content-Length", value: "0" },
  ];
  const bytes = headBytes(`HTTP/1.1 ${status}`, said, serverSyscall);
  yield* methods.send([bytes], deadline, serverSyscall);
  const end = Math.min(readDeadline(deadline, serverSyscall), host.now() + patience);
  try {
    yield* endInOrder(methods, end, serverSyscall);
  } catch (error) {
    if (!isErrno(error, "ECONNRESET", "ETIMEDOUT")) throw error; // it has had its time
  }
}

function optional(name: string, value: string): HttpField[] {
  return value === "" ? [] : [{ name, value }];
}

function headBytes(first: string, fields: readonly HttpField[], syscall: string): Buffer {
  const lines = fields.map(({ name, value }) => formatField(name, value, syscall));
  return Buffer.from([first, ...lines, "", ""].join("\r\n"), "latin1");
}
