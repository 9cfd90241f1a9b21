// The opening handshake, from both sides, with the peer's bytes written by hand.
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  chmake,
  type Coroutine,
  go,
  hclose,
  ipcDone,
  ipcPair,
  type IpcSocket,
  join,
  msleep,
  now,
} from "libdill-ts";
import {
  httpAttach,
  httpDetach,
  type HttpField,
  httpRecvfield,
  httpRecvrequest,
} from "libdill-ts/http";
import {
  wsAttachClient,
  wsAttachServer,
  type WsClientOptions,
  wsRecv,
  WsRefusal,
  wsRequest,
  wsRequestKey,
  wsResponseKey,
  wsSend,
  type WsServerOptions,
} from "libdill-ts/ws";
import { codeOf, codeOfCall, codeOrNone, failureOf } from "../../support/failure.js";
import { closeAll } from "../../support/gate.js";
import { itBoth as it } from "../../support/it.js";
import { hostile } from "../../support/optionsCases.js";
import { acceptOfRequest, upgradeRequest } from "../../support/wsPair.js";

const asked = { resource: "/chat", host: "example.org" };

describe("wsAttachServer", () => {
  it("answers a request, and tells what it says", function* () {
    const request = upgradeRequest.replace("\r\n\r\n", "\r\nOrigin: http://a.example\r\n\r\n");
    const { s, answer } = yield* served(request, { protocols: ["chat"] });
    expect(answer).to.equal(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Accept: ${acceptOfRequest}\r\n\r\n`,
    );
    const { resource, host, protocol, fields } = wsRequest(s);
    expect([resource, host, protocol]).to.deep.equal(["/chat", "example.org", ""]);
    expect(fields.at(-1)).to.deep.equal({ name: "Origin", value: "http://a.example" });
    hclose(s);
  });

  const fine: readonly [string, string, string][] = [
    ["Firefox's Connection", "Connection: Upgrade", "Connection: keep-alive, Upgrade"],
    [
      "any case",
      "Upgrade: websocket\r\nConnection: Upgrade",
      "upgrade: WebSocket\r\nCONNECTION: upgrade",
    ],
    ["several things to upgrade to", "Upgrade: websocket", "Upgrade: h2c, websocket"],
    ["lists in two fields", "Connection: Upgrade", "Connection: close\r\nConnection: Upgrade"],
    ["a long field", "Host: example.org", `Host: example.org\r\nCookie: ${"x".repeat(4000)}`],
    [
      "an extension that nobody knows",
      "Host:",
      "Sec-WebSocket-Extensions: x-unknown; a=1\r\nHost:",
    ],
  ];
  for (const [name, from, to] of fine) {
    it(`takes ${name}`, function* () {
      const { s, answer } = yield* served(upgradeRequest.replace(from, to), {});
      expect(answer).to.match(/^HTTP\/1\.1 101 /);
      hclose(s);
    });
  }

  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const refused: readonly [string, number, string, string][] = [
    ["another method", 400, "GET", "POST"],
    ["version 1.0", 426, "HTTP/1.1", "HTTP/1.0"],
    ["no Upgrade", 426, "Upgrade: websocket\r\n", ""],
    ["another Upgrade", 426, "Upgrade: websocket", "Upgrade: h2c"],
    ["no Connection", 400, "Connection: Upgrade\r\n", ""],
    ["no Host", 400, "Host: example.org\r\n", ""],
    ["two Hosts", 400, "Host: ", "Host: a\r\nHost: "],
    ["no key", 400, `${key}\r\n`, ""],
    ["two keys", 400, key, `${key}\r\n${key}`],
    ["a key that is none", 400, key, "Sec-WebSocket-Key: c2hvcnQ="],
    ["another version", 426, "Version: 13", "Version: 8"],
    ["no version", 426, "Sec-WebSocket-Version: 13\r\n", ""],
    ["a subprotocol that is none", 400, "Host:", "Sec-WebSocket-Protocol: a b\r\nHost:"],
    ["an extension that is none", 400, "Host:", "Sec-WebSocket-Extensions: a; =\r\nHost:"],
    ["a line that is none", 400, "Host:", "Host :"],
    ["a head that is too long", 431, "Host:", `X: ${"x".repeat(9000)}\r\nHost:`],
  ];
  for (const [name, status, from, to] of refused) {
    it(`answers ${name} with ${status}, and closes the socket`, function* () {
      const [a, z] = yield* ipcPair();
      yield* bsend(z, Buffer.from(upgradeRequest.replace(from, to)), -1);
      const serving = go(failureOf(wsAttachServer(a, {}, -1)));
      const answer = yield* headOf(z);
      hclose(z);
      const error = yield* join(serving, -1);
      expect([error.code, error.syscall]).to.deep.equal([
        status === 431 ? "EMSGSIZE" : "EPROTO",
        "ws_attach_server",
      ]);
      expect(answer).to.match(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).to.include("\r\nContent-Length: 0\r\n");
      if (status === 426) expect(answer).to.include("\r\nUpgrade: websocket\r\n");
      if (name.endsWith("version")) expect(answer).to.include("\r\nSec-WebSocket-Version: 13\r\n");
      expect(codeOfCall(() => hclose(a))).to.equal("EBADF");
      hclose(serving);
    });
  }

  it("takes the first subprotocol of the client's that it speaks", function* () {
    const request = upgradeRequest.replace(
      "Host:",
      "Sec-WebSocket-Protocol: c, b\r\nSec-WebSocket-Protocol: a\r\nHost:",
    );
    for (const [protocols, chosen] of [
      [["a", "b"], "b"],
      [["d"], ""],
    ] as const) {
      const { s, answer } = yield* served(request, { protocols });
      expect(wsRequest(s).protocol).to.equal(chosen);
      expect(answer.includes(`\r\nSec-WebSocket-Protocol: ${chosen}\r\n`)).to.equal(chosen !== "");
      hclose(s);
    }
  });

  it("answers a head that was received already", function* () {
    const [a, z] = yield* ipcPair();
    yield* bsend(z, Buffer.from(upgradeRequest), -1);
    const http = httpAttach(a);
    const first = yield* httpRecvrequest(http, -1);
    const fields: HttpField[] = [];
    const rest = codeOrNone({
      *[Symbol.iterator]() {
        for (;;) fields.push(yield* httpRecvfield(http, -1));
      },
    });
    expect(yield* rest).to.equal("EPIPE");
    const bare = yield* httpDetach(http, -1);
    const s = yield* wsAttachServer(bare, { head: { ...first, fields } }, -1);
    expect(yield* headOf(z)).to.include(acceptOfRequest);
    expect(wsRequest(s).resource).to.equal("/chat");
    closeAll(s, z);
  });

  it("is EPIPE if no request comes, and ECONNRESET if it ends inside one", function* () {
    for (const [sent, code] of [
      ["", "EPIPE"],
      ["GET / HTTP/1.1\r\n", "ECONNRESET"],
    ] as const) {
      const [a, z] = yield* ipcPair();
      yield* bsend(z, Buffer.from(sent), -1);
      yield* ipcDone(z, -1);
      expect(yield* codeOf(wsAttachServer(a, {}, -1))).to.equal(code);
      hclose(z);
    }
  });
});

describe("wsAttachClient", () => {
  it("asks, and takes the answer", function* () {
    const fields = [{ name: "Origin", value: "http://a.example" }];
    const { s, request, z } = yield* asking({ ...asked, fields }, (key) => accepting(key));
    const [first, ...lines] = request.split("\r\n");
    expect(first).to.equal("GET /chat HTTP/1.1");
    expect(lines.filter((line) => !line.startsWith("Sec-WebSocket-Key: "))).to.deep.equal([
      "Host: example.org",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Origin: http://a.example",
      "",
      "",
    ]);
    expect(wsRequest(s)).to.include({ resource: "/chat", host: "example.org", protocol: "" });
    closeAll(s, z);
  });

  it("takes other answers before it, and a subprotocol that it has offered", function* () {
    const { s, z } = yield* asking({ ...asked, protocols: ["a", "b"] }, (key) => {
      const hints = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
      return hints + accepting(key, "Sec-WebSocket-Protocol: b\r\n");
    });
    expect(wsRequest(s).protocol).to.equal("b");
    closeAll(s, z);
  });

  it("leaves what comes behind the head to the frames", function* () {
    const { s, z } = yield* asking(asked, (key) => `${accepting(key)}\x81\x05hello`);
    expect(yield* wsRecv(s, -1)).to.deep.equal({ type: "text", data: "hello" });
    closeAll(s, z);
  });

  const wrong: readonly [string, (key: string) => string][] = [
    ["another status", () => "HTTP/1.1 404 Not Found\r\n\r\n"],
    ["another key", () => accepting(wsRequestKey())],
    ["no key", (key) => accepting(key).replace(/Sec-WebSocket-Accept.*\r\n/, "")],
    ["no Upgrade", (key) => accepting(key).replace("Upgrade: websocket\r\n", "")],
    ["another Upgrade", (key) => accepting(key).replace("Upgrade: websocket", "Upgrade: h2c")],
    ["no Connection", (key) => accepting(key).replace("Connection: Upgrade\r\n", "")],
    [
      "a subprotocol that was not offered",
      (key) => accepting(key, "Sec-WebSocket-Protocol: c\r\n"),
    ],
    [
      "an extension that was not offered",
      (key) => accepting(key, "Sec-WebSocket-Extensions: x\r\n"),
    ],
    ["a line that is none", () => "HTTP/1.1 101\nOK\r\n\r\n"],
  ];
  for (const [name, answer] of wrong) {
    it(`is EPROTO for ${name}, and closes the socket`, function* () {
      const [a, z] = yield* ipcPair();
      const server = go(answering(z, answer));
      const error = yield* failureOf(wsAttachClient(a, { ...asked, protocols: ["a"] }, -1));
      expect([error.code, error.syscall]).to.deep.equal(["EPROTO", "ws_attach_client"]);
      expect(codeOfCall(() => hclose(a))).to.equal("EBADF");
      yield* join(server, -1);
      closeAll(server, z);
    });
  }

  it("says which answer it got", function* () {
    const [a, z] = yield* ipcPair();
    const server = go(answering(z, () => "HTTP/1.1 403 Go Away\r\n\r\n"));
    const { message } = yield* failureOf(wsAttachClient(a, asked, -1));
    expect(message).to.include("403 Go Away");
    closeAll(server, z);
  });

  it("tells the status and the fields of an answer that is none, as the error's cause", function* () {
    for (const [head, status, reason, fields] of [
      ["503 Busy\r\nRetry-After: 5\r\nX: y", 503, "Busy", ["Retry-After: 5", "X: y"]],
      ["302 Found\r\nLocation: /there", 302, "Found", ["Location: /there"]],
      ["401 ", 401, "", []],
    ] as const) {
      const [a, z] = yield* ipcPair();
      const server = go(answering(z, () => `HTTP/1.1 ${head}\r\n\r\n`));
      const error = yield* failureOf(wsAttachClient(a, asked, -1));
      expect(error).to.include({ code: "EPROTO", syscall: "ws_attach_client" });
      const { cause } = error;
      if (!(cause instanceof WsRefusal)) throw error;
      expect(cause).to.include({ status, reason, name: "WsRefusal" });
      expect(cause.fields.map(({ name, value }) => `${name}: ${value}`)).to.deep.equal(fields);
      closeAll(server, z);
    }
  });

  it("is EMSGSIZE for an answer that is too long, EPIPE for none and ECONNRESET for a part of one", function* () {
    for (const [sent, code] of [
      [`HTTP/1.1 101 ${"x".repeat(9000)}`, "EMSGSIZE"],
      ["", "EPIPE"],
      ["HTTP/1.1 101 OK\r\n", "ECONNRESET"],
    ] as const) {
      const [a, z] = yield* ipcPair();
      yield* bsend(z, Buffer.from(sent), -1);
      yield* ipcDone(z, -1);
      expect(yield* codeOf(wsAttachClient(a, asked, -1))).to.equal(code);
      hclose(z);
    }
  });
});

describe("attaching a WebSocket", () => {
  it("says nothing with noHttp", function* () {
    const [a, z] = yield* ipcPair();
    const client = yield* wsAttachClient(a, { noHttp: true }, 0);
    const server = yield* wsAttachServer(z, { noHttp: true }, 0);
    expect(wsRequest(server)).to.deep.equal({ resource: "", host: "", protocol: "", fields: [] });
    yield* wsSend(client, "text", "hello", -1);
    expect(yield* wsRecv(server, -1)).to.deep.equal({ type: "text", data: "hello" });
    closeAll(client, server);
  });

  const strange: readonly [string, object][] = [
    ["a text that is none", { text: 1 }],
    ["a noHttp that is none", { noHttp: "no" }],
    ["a maxSize below 0", { maxSize: -1 }],
    ["subprotocols that are no list", { protocols: "chat" }],
    ["a subprotocol that is no token", { protocols: ["a b"] }],
    ["a subprotocol twice", { protocols: ["a", "a"] }],
    ["a deflate that is none", { deflate: 5 }],
    ["a deflate that can't be looked at", { deflate: hostile() }],
    ["options that can't be looked at", hostile()],
    ["subprotocols that can't be looked at", { protocols: hostile() }],
    ["a window that is too small", { deflate: { maxWindowBits: 7 } }],
    ["a threshold below 0", { deflate: { threshold: -1 } }],
    ["a noContextTakeover that is none", { deflate: { noContextTakeover: 1 } }],
  ];
  for (const [name, options] of strange) {
    it(`is EINVAL for ${name}, and closes the socket`, function* () {
      for (const attach of [
        (s: IpcSocket) => wsAttachServer(s, options, -1),
        (s: IpcSocket) => wsAttachClient(s, withTarget(options), -1),
      ]) {
        const [a, z] = yield* ipcPair();
        expect(yield* codeOf(attach(a))).to.equal("EINVAL");
        expect(codeOfCall(() => hclose(a))).to.equal("EBADF");
        hclose(z);
      }
    });
  }

  it("is EINVAL for a target, a field or a deadline that is none", function* () {
    const each: readonly [WsClientOptions, number][] = [
      [{ ...asked, resource: "a b" }, -1],
      [{ ...asked, host: "a\r\nb" }, -1],
      [{ ...asked, fields: [{ name: "a b", value: "" }] }, -1],
      [{ ...asked, fields: [{ name: "sec-websocket-key", value: "mine" }] }, -1],
      [{ ...asked, fields: [{ name: "Host", value: "another" }] }, -1],
      [asked, Number.NaN],
      [undefined as never, -1],
      [{ ...asked, host: "" }, -1],
      [{ ...asked, host: 5 as never }, -1],
      [{ ...asked, fields: "x" as never }, -1],
      [{ ...asked, fields: [null as never] }, -1],
    ];
    for (const [options, deadline] of each) {
      const [a, z] = yield* ipcPair();
      const error = yield* failureOf(wsAttachClient(a, options, deadline));
      expect([error.code, error.syscall]).to.deep.equal(["EINVAL", "ws_attach_client"]);
      hclose(z);
    }
    const [a, z] = yield* ipcPair();
    expect(yield* codeOf(wsAttachServer(a, {}, Number.NaN))).to.equal("EINVAL");
    hclose(z);
    for (const head of [5, {}, { command: "GET", resource: "/", version: "1.1" }]) {
      const [b, y] = yield* ipcPair();
      expect(yield* codeOf(wsAttachServer(b, { head: head as never }, -1))).to.equal("EINVAL");
      hclose(y);
    }
  });

  for (const [name, attach] of [
    ["a server", (s: IpcSocket, deadline: number) => wsAttachServer(s, {}, deadline)],
    ["a client", (s: IpcSocket, deadline: number) => wsAttachClient(s, asked, deadline)],
  ] as const) {
    it(`as ${name} is EBADF, ENOTSUP, EBUSY, ETIMEDOUT or ECANCELED as any attach is`, function* () {
      const [a, z] = yield* ipcPair();
      hclose(a);
      expect(yield* codeOf(attach(a, -1))).to.equal("EBADF");
      hclose(z);

      const [channel, other] = chmake();
      expect(yield* codeOf(attach(channel as never, -1))).to.equal("ENOTSUP");
      expect(codeOfCall(() => hclose(channel))).to.equal("EBADF");
      hclose(other);

      const [b, y] = yield* ipcPair();
      const user = go(codeOf(brecv(b, 1, -1)));
      expect(yield* codeOf(attach(b, -1))).to.equal("EBUSY");
      expect(yield* join(user, -1)).to.equal("EBADF");
      hclose(y);

      const [c, x] = yield* ipcPair();
      expect(yield* codeOf(attach(c, now() + 5))).to.equal("ETIMEDOUT");
      expect(codeOfCall(() => hclose(c))).to.equal("EBADF");
      hclose(x);

      const [d, w] = yield* ipcPair();
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            yield* codeOf(msleep(-1));
            codes.push(yield* codeOf(attach(d, -1)));
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(codeOfCall(() => hclose(d))).to.equal("EBADF");
      hclose(w);
    });
  }
});

describe("keys", () => {
  it("wsResponseKey answers RFC 6455's example", () => {
    expect(wsResponseKey("dGhlIHNhbXBsZSBub25jZQ==")).to.equal(acceptOfRequest);
  });

  it("wsRequestKey makes 16 bytes, others each time", () => {
    const keys = Array.from({ length: 20 }, () => wsRequestKey());
    expect(new Set(keys).size).to.equal(20);
    for (const key of keys) expect(Buffer.from(key, "base64").length).to.equal(16);
  });

  it("wsResponseKey is EPROTO for what is no key", () => {
    for (const key of [
      "",
      "c2hvcnQ=",
      "dGhlIHNhbXBsZSBub25jZQ",
      " dGhlIHNhbXBsZSBub25jZQ==",
      5 as never,
    ]) {
      expect(
        codeOfCall(() => wsResponseKey(key)),
        key,
      ).to.equal("EPROTO");
    }
  });
});

/** The options, with what a client has to say. */
function withTarget(options: object): WsClientOptions {
  try {
    return { ...asked, ...options };
  } catch {
    return options as WsClientOptions; // a revoked proxy
  }
}

/** A server that has answered the request. */
function* served(request: string, options: WsServerOptions) {
  const [a, z] = yield* ipcPair();
  yield* bsend(z, Buffer.from(request), -1);
  const s = yield* wsAttachServer(a, options, now() + 1000);
  const answer = yield* headOf(z);
  hclose(z);
  return { s, answer };
}

/** A client to which a peer has answered by hand. */
function* asking(options: WsClientOptions, answer: (key: string) => string) {
  const [a, z] = yield* ipcPair();
  const server = go(answering(z, answer));
  const s = yield* wsAttachClient(a, options, now() + 1000);
  const request = yield* join(server, -1);
  hclose(server);
  return { s, z, request };
}

function* answering(z: IpcSocket, answer: (key: string) => string): Coroutine<string> {
  const request = yield* headOf(z);
  const [, key = ""] = /Sec-WebSocket-Key: (.*)\r\n/.exec(request) ?? [];
  yield* bsend(z, Buffer.from(answer(key), "latin1"), -1);
  return request;
}

function accepting(key: string, more = ""): string {
  return (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${wsResponseKey(key)}\r\n${more}\r\n`
  );
}

function* headOf(z: IpcSocket): Coroutine<string> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) head += String(yield* brecvSome(z, 1, -1));
  return head;
}
