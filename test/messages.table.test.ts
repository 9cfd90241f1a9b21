// What holds for every message that shows a value of somebody else: it is one line of harmless characters.
import type { Socket } from "node:net";
import { expect } from "chai";
import {
  brecv,
  brecvl,
  brecvSome,
  bsend,
  chmake,
  choose,
  type Coroutine,
  DillError,
  happyeyeballsConnect,
  hclose,
  hmake,
  hquery,
  ipaddrLocal,
  ipaddrPort,
  ipaddrRemote,
  ipcConnect,
  ipcFromfd,
  ipcListen,
  ipcPair,
  msleep,
  type Operation,
  prefixAttach,
  reviveError,
  run,
  sendAll,
  sendEvents,
  suffixAttach,
  tcpListen,
  termAttach,
  until,
} from "libdill-ts";
import { fromEffection } from "libdill-ts/effection";
import {
  httpFraming,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
  type HttpSocket,
} from "libdill-ts/http";
import { dillError } from "libdill-ts/impl";
import { ipcSendfd } from "libdill-ts/native";
import {
  socks5ClientConnectbyname,
  socks5ProxyAuth,
  socks5ProxySendreply,
} from "libdill-ts/socks5";
import { fromDuplex, toDuplex } from "libdill-ts/streams";
import { tlsAttachServer, tlsContext } from "libdill-ts/tls";
import { wsAttachServer, wsDone, wsResponseKey, wsSend } from "libdill-ts/ws";
import { rejectionOf } from "./support/failure.js";
import { httpPair, httpWith, pairInHead } from "./support/httpPair.js";
import { optionsCases } from "./support/optionsCases.js";
import { socketPath } from "./support/tempDir.js";
import { wsPair } from "./support/wsPair.js";

/** A line break, an escape sequence, another one of Unicode's, a change of direction, a line's end of Unicode's, half a character. */
const evil = "x\r\ny\u001b[2J\u009b2J\u007f\u202e\u2066\u2028\ud800\ufeff";
const harmful = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_C}\ufeff]/u;
const any = evil as never;
/** The same where a text is no wrong value. */
const evilObject = { toString: () => evil } as never;
/** What a line of a peer's can have of it. */
const evilBytes = "\u009b2J";

type Call = () => Coroutine<unknown>;

const calls: Readonly<Record<string, Call>> = {
  "a deadline": () => plain(() => msleep(any)),
  "a handle": () => plain(() => hclose("1\n" as never)),
  "no handle": () => plain(() => hclose(any)),
  "the type that a handle is asked for": function* () {
    const h = hmake({ query: () => undefined, close() {} });
    yield* plain(() => hquery(h, Symbol(evil)));
  },
  "a clause's op": () => plain(() => choose([{ op: evil } as never], -1)),
  "what until is given": () => plain(() => until(any, -1)),
  "what sendAll is given": () => plain(() => sendAll(chmake()[0], evilObject, -1)),
  "what sendEvents is given": () => plain(() => sendEvents(any, any, any, -1)),
  "what fromEffection is given": () => plain(() => fromEffection(evilObject, -1)),
  "what fromDuplex is given": () => plain(() => fromDuplex(any)),
  "toDuplex's timeout": function* () {
    const duplex = toDuplex((yield* ipcPair())[0]) as Socket;
    yield* plain(() => duplex.setTimeout(any));
  },
  "a buffer": function* () {
    const [s] = yield* ipcPair();
    yield* bsend(s, Object.assign(() => {}, { toString: () => evil }) as never, -1);
  },
  "a length": function* () {
    const [s] = yield* ipcPair();
    yield* brecv(s, any, -1);
  },
  "a length of brecvSome": function* () {
    const [s] = yield* ipcPair();
    yield* brecvSome(s, any, -1);
  },
  "a target": function* () {
    const [s] = yield* ipcPair();
    yield* brecvl(s, [any], -1);
  },
  "a gap": function* () {
    const [s] = yield* ipcPair();
    yield* brecvl(s, [{ skip: any }], -1);
  },
  "the path of nobody's socket": () =>
    plain(() => ipcConnect(`${socketPath()}${evil.slice(0, -2)}`, -1)),
  "a path with half a character": () => plain(() => ipcConnect(evil, -1)),
  "a path with NUL": () => plain(() => ipcConnect(`${evil}\0`, -1)),
  "a local listener's backlog": () => plain(() => ipcListen(socketPath(), any)),
  "a listener's backlog": () => plain(() => tcpListen(ipaddrLocal("127.0.0.1", 0), any)),
  "a listener's address": () => plain(() => tcpListen(any, 1)),
  "a descriptor": () => plain(() => ipcFromfd(any)),
  "a descriptor to be sent": function* () {
    const [s] = yield* ipcPair();
    yield* ipcSendfd(s, any, -1);
  },
  "an interface": () => plain(() => ipaddrLocal(evil, 0)),
  "an interface that is no text": () => plain(() => ipaddrLocal(evilObject, 0)),
  "a port": () => plain(() => ipaddrLocal(null, any)),
  "a mode": () => plain(() => ipaddrLocal(null, 0, any)),
  "an address": () => plain(() => ipaddrPort(any)),
  "a host": () => plain(() => ipaddrRemote(evil, 80, 0, -1)),
  "a host with NUL": () => plain(() => ipaddrRemote(`${evil}\0`, 80, 0, -1)),
  "a host that has come too late": () => plain(() => ipaddrRemote(`${evil}.example`, 80, 0, 0)),
  "a host to be connected": () => plain(() => happyeyeballsConnect(`${evil}\0`, 80, -1)),
  "a header's length": function* () {
    const [s] = yield* ipcPair();
    yield* plain(() => prefixAttach(s, any));
  },
  "a delimiter": function* () {
    const [s] = yield* ipcPair();
    yield* plain(() => suffixAttach(s, evilObject));
  },
  "a terminator": function* () {
    const [s] = yield* ipcPair();
    yield* plain(() => termAttach(prefixAttach(s, 1), evilObject));
  },
  "a method": () => inHttp((s) => httpSendrequest(s, evil, "/", -1)),
  "a target of a request": () => inHttp((s) => httpSendrequest(s, "GET", evil, -1)),
  "a status": () => inHttp((s) => httpSendstatus(s, any, "", -1)),
  "a reason": () => inHttp((s) => httpSendstatus(s, 200, evil, -1)),
  "a field's name": () => inHead((s) => httpSendfield(s, evil, "", -1)),
  "a field's value": () => inHead((s) => httpSendfield(s, "a", evil, -1)),
  "a version": () => plain(() => httpFraming([], any)),
  "a body's length": () =>
    plain(() => httpFraming([{ name: "Content-Length", value: evil }], "1.1")),
  "a request line that has come": () =>
    facing(`GET ${evilBytes}\r\n`, (s) => httpRecvrequest(s, -1)),
  "a status line that has come": () =>
    facing(`HTTP/1.1 ${evilBytes}\r\n`, (s) => httpRecvstatus(s, -1)),
  "a field that has come": () =>
    facing(`GET / HTTP/1.1\r\n${evilBytes}: x\r\n`, function* (s) {
      yield* httpRecvrequest(s, -1);
      return yield* httpRecvfield(s, -1);
    }),
  "a proxy's check": function* () {
    const [s] = yield* ipcPair();
    yield* socks5ProxyAuth(s, any, -1);
  },
  "a proxy's reply": function* () {
    const [s] = yield* ipcPair();
    yield* socks5ProxySendreply(s, any, ipaddrLocal(null, 0), -1);
  },
  "a host behind a proxy": function* () {
    const [s] = yield* ipcPair();
    yield* socks5ClientConnectbyname(s, null, null, evil, 80, -1);
  },
  "a context": function* () {
    const [s] = yield* ipcPair();
    yield* tlsAttachServer(s, any, -1);
  },
  "a protocol of TLS": () => plain(() => tlsContext({ alpn: [evil.repeat(99)] })),
  "a message's type": function* () {
    const [s] = yield* wsPair();
    yield* wsSend(s, any, "", -1);
  },
  "a close frame's status": function* () {
    const [s] = yield* wsPair();
    yield* wsDone(s, any, "", -1);
  },
  "a close frame's reason": function* () {
    const [s] = yield* wsPair();
    yield* wsDone(s, 1000, evilObject, -1);
  },
  "a key": () => plain(() => wsResponseKey(evil)),
  "the method of a handshake": function* () {
    const [s] = yield* ipcPair();
    const head = { command: evil, resource: "/", version: "1.1", fields: [] } as const;
    yield* wsAttachServer(s, { head }, -1);
  },
  "a message of a user's": () =>
    plain(() => {
      throw dillError("EINVAL", evil, { message: evil, address: evil });
    }),
};

describe("a message that shows", () => {
  for (const [what, call] of Object.entries(calls)) {
    it(`${what} is one line of harmless characters`, async () => {
      await expectHarmless(call);
    });
  }

  for (const { name, wrong, call } of optionsCases) {
    for (const option of Object.keys(wrong)) {
      it(`the option ${option} of ${name} is one line of harmless characters`, async () => {
        await expectHarmless(() => plain(() => call({ [option]: evilObject } as never)));
      });
    }

    it(`no options of ${name} is one line of harmless characters`, async () => {
      await expectHarmless(() => plain(() => call(any)));
    });
  }
});

describe("a list below a message", () => {
  it("has lines of harmless characters, and is the same when it is revived", () => {
    const error = dillError("EDEADLK", "run", { message: "these wait:", lines: ["  a", evil] });
    expect(error.message.split("\n")).to.have.lengthOf(4);
    expect(error.message.replaceAll("\n", "")).not.to.match(harmful);
    const revived = reviveError(structuredClone(error)) as DillError;
    expect(revived.message).to.equal(error.message);
  });
});

/** What the call throws shows the value, and escapes what could do harm. */
async function expectHarmless(call: Call): Promise<void> {
  const error = await rejectionOf(run(call()));
  expect(error).to.be.instanceOf(DillError);
  const { message, stack } = error as DillError;
  expect(message).to.match(/\\(u202e|u009b|n)/); // else it shows nothing
  expect(message).not.to.match(harmful);
  expect((stack ?? "").split("\n")[0]).to.equal(`DillError: ${message}`);
}

/** Calls a function that throws, or runs the operation that it returns. */
function* plain(call: () => unknown): Coroutine<unknown> {
  const result = call();
  if (isOperation(result)) yield* result;
  return result;
}

function isOperation(value: unknown): value is Operation<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function* inHttp(send: (s: HttpSocket) => Operation<void>): Coroutine {
  const [s] = yield* httpPair();
  yield* send(s);
}

function* inHead(send: (s: HttpSocket) => Operation<void>): Coroutine {
  const [s] = yield* pairInHead();
  yield* send(s);
}

/** A socket to which the text has been sent. */
function* facing(text: string, receive: (s: HttpSocket) => Operation<unknown>): Coroutine {
  const [s] = yield* httpWith(text);
  yield* receive(s);
}
