// permessage-deflate: what is agreed on, what goes over the wire, and what peers do that we did not write.
import { deflateRawSync, constants } from "node:zlib";
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Coroutine,
  go,
  hclose,
  ipaddrLocal,
  ipcPair,
  join,
  msend,
  now,
  run,
  tcpConnect,
} from "libdill-ts";
import {
  wsAttachClient,
  wsAttachServer,
  type WsDeflateOptions,
  wsRecv,
  wsRequest,
  wsSend,
  type WsSocket,
} from "libdill-ts/ws";
import { codeOf, failureOf } from "../../support/failure.js";
import { closeAll } from "../../support/gate.js";
import { it } from "../../support/it.js";
import { stopProcesses } from "../../support/process.js";
import { maskedFrame } from "../../support/wsFrames.js";
import { pythonServer, startWebsockets, startWsServer } from "../../support/wsPeers.js";

type Deflate = boolean | WsDeflateOptions;

const asked = { resource: "/", host: "localhost" };
const every: WsDeflateOptions = { threshold: 0 };

/** What a client offers, what a server is told, and what they agree on. */
const agreements: readonly [string, Deflate, Deflate, string][] = [
  ["nothing where one does not want to", true, false, ""],
  ["nothing where nobody is asked", false, true, ""],
  ["memory in both directions", true, true, "permessage-deflate"],
  [
    "what the client wants",
    { noContextTakeover: true, maxWindowBits: 10 },
    true,
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=10; client_no_context_takeover; client_max_window_bits=10",
  ],
  [
    "what the server wants",
    true,
    { noContextTakeover: true, maxWindowBits: 9 },
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=9; client_no_context_takeover; client_max_window_bits=9",
  ],
  [
    "the smaller window",
    { maxWindowBits: 12 },
    { maxWindowBits: 8 },
    "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8",
  ],
];

describe("permessage-deflate", function () {
  this.timeout(20_000);
  afterEach(stopProcesses);

  for (const [name, client, server, agreed] of agreements) {
    it(`agrees on ${name}, and carries messages`, function* () {
      const [a, z] = yield* deflatedPair(withAll(client), withAll(server));
      const { fields } = wsRequest(a);
      const said = fields.find((field) => field.name === "Sec-WebSocket-Extensions")?.value ?? "";
      expect(said).to.equal(agreed);
      yield* exchange(a, z);
      closeAll(a, z);
    });
  }

  it("refers to the messages before, unless that was agreed away", function* () {
    const lengths: number[] = [];
    for (const noContextTakeover of [false, true]) {
      const [a, z] = yield* ipcPair();
      const request = requestWith("permessage-deflate");
      yield* bsend(z, Buffer.from(request), -1);
      const s = yield* wsAttachServer(a, { deflate: { threshold: 0, noContextTakeover } }, -1);
      yield* headOf(z);
      const text = Array.from({ length: 40 }, (_, i) => `${(i * 7919) % 1009}`).join();
      for (let i = 0; i < 2; i++) {
        yield* wsSend(s, "text", text, -1);
        const [first = 0, length = 0] = yield* brecv(z, 2, -1);
        expect(first).to.equal(0xc1);
        lengths.push(length);
        yield* brecv(z, length, -1);
      }
      closeAll(s, z);
    }
    const [first = 0, second = 0, third = 0, fourth = 0] = lengths;
    expect(second).to.be.below(first / 3);
    expect([third, fourth]).to.deep.equal([first, first]);
  });

  it("sends as it is what is short or would not become shorter", function* () {
    const [a, z] = yield* ipcPair();
    yield* bsend(z, Buffer.from(requestWith("permessage-deflate")), -1);
    const s = yield* wsAttachServer(a, { deflate: { threshold: 100 } }, -1);
    yield* headOf(z);
    const random = Buffer.from(Array.from({ length: 120 }, (_, i) => (i * i * 31 + i * 7) % 251));
    for (const message of [Buffer.alloc(99), random]) {
      yield* msend(s, message, -1);
      expect((yield* brecv(z, 2 + message.length, -1))[0]).to.equal(0x82);
    }
    closeAll(s, z);
  });

  it("a send that was refused is not referred to", function* () {
    const [a, z] = yield* deflatedPair(every, every);
    const text = "a text that comes again and again, and again";
    yield* wsSend(a, "text", text, -1);
    expect(yield* codeOf(wsSend(a, "text", `${text} that is never sent`, Number.NaN))).to.equal(
      "EINVAL",
    );
    yield* wsSend(a, "text", `${text} that is never sent`, -1);
    for (let i = 0; i < 2; i++) expect((yield* wsRecv(z, -1)).data).to.include(text);
    closeAll(a, z);
  });

  it("is bounded: a bomb is EMSGSIZE before it has become large", function* () {
    const [a, z] = yield* ipcPair();
    yield* bsend(z, Buffer.from(requestWith("permessage-deflate")), -1);
    const s = yield* wsAttachServer(a, { deflate: true, maxSize: 100_000 }, -1);
    const before = process.memoryUsage().arrayBuffers;
    const bomb = compressed(Buffer.alloc(50_000_000));
    yield* bsend(z, maskedFrame(0xc2, bomb), -1);
    const error = yield* failureOf(wsRecv(s, -1));
    expect([error.code, error.syscall]).to.deep.equal(["EMSGSIZE", "ws_recv"]);
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(70_000_000);
    yield* headOf(z);
    expect((yield* brecv(z, 4, -1)).toString("hex")).to.equal("880203f1"); // 1009
    closeAll(s, z);
  });

  it("takes a message of maxSize, also where compression makes it longer", function* () {
    const random = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31 + i * 7) % 251));
    const [a, z] = yield* ipcPair();
    yield* bsend(z, Buffer.from(requestWith("permessage-deflate")), -1);
    const s = yield* wsAttachServer(a, { deflate: true, maxSize: 5000 }, -1);
    const stored = deflateRawSync(random, {
      level: 0,
      finishFlush: constants.Z_SYNC_FLUSH,
    }).subarray(0, -4);
    expect(stored.length).to.be.above(5000);
    yield* bsend(z, maskedFrame(0xc2, stored), -1);
    expect((yield* wsRecv(s, -1)).data).to.deep.equal(random);
    closeAll(s, z);
  });

  it("is EPROTO with 1007 for what can't be decompressed, and 1002 for a bit in the wrong place", function* () {
    const wrong: readonly [string, Buffer][] = [
      ["03ef", maskedFrame(0xc1, Buffer.from("ffffff", "hex"))],
      ["03ef", maskedFrame(0xc1, compressed(Buffer.from([0xff, 0xfe])))],
      [
        "03ea",
        Buffer.concat([maskedFrame(0x41, Buffer.alloc(0)), maskedFrame(0xc0, Buffer.alloc(0))]),
      ],
      ["03ea", maskedFrame(0xc9, Buffer.alloc(0))],
    ];
    for (const [status, bytes] of wrong) {
      const [a, z] = yield* ipcPair();
      yield* bsend(z, Buffer.from(requestWith("permessage-deflate")), -1);
      const s = yield* wsAttachServer(a, { deflate: true }, -1);
      yield* headOf(z);
      yield* bsend(z, bytes, -1);
      expect(yield* codeOf(wsRecv(s, -1))).to.equal("EPROTO");
      expect((yield* brecv(z, 4, -1)).toString("hex")).to.equal(`8802${status}`);
      closeAll(s, z);
    }
  });

  for (const [what, options] of [
    ["compressed", {}],
    ["not compressed", { level: 0 }],
    ["compressed with fixed codes", { strategy: constants.Z_FIXED }],
  ] as const) {
    it(`is EPROTO for a message that is ${what} and was cut anywhere`, function* () {
      const text = Buffer.from("transfer 100 euros to nobody, or 200");
      const finishFlush = constants.Z_SYNC_FLUSH;
      const whole = deflateRawSync(text, { ...options, finishFlush }).subarray(0, -4);
      const received: string[] = [];
      for (let length = 0; length <= whole.length; length++) {
        const [a, z] = yield* ipcPair();
        yield* bsend(z, Buffer.from(requestWith("permessage-deflate")), -1);
        const s = yield* wsAttachServer(a, { deflate: true }, -1);
        yield* bsend(z, maskedFrame(0xc2, whole.subarray(0, length)), -1);
        try {
          received.push(String((yield* wsRecv(s, -1)).data));
        } catch (error) {
          expect(error).to.include({ code: "EPROTO" });
        }
        closeAll(s, z);
      }
      // One byte of a block that is not compressed is an empty message.
      const empty = whole[0] === 0 ? [""] : [];
      expect(received).to.deep.equal([...empty, String(text)]);
    });
  }

  const offers: readonly [string, string][] = [
    ["permessage-deflate; client_max_window_bits", "permessage-deflate"],
    [
      "permessage-deflate; server_max_window_bits=8",
      "permessage-deflate; server_max_window_bits=8",
    ],
    [
      'permessage-deflate; server_max_window_bits="10"',
      "permessage-deflate; server_max_window_bits=10",
    ],
    ["permessage-deflate; server_max_window_bits=7", ""],
    ["permessage-deflate; server_max_window_bits", ""],
    ["permessage-deflate; client_no_context_takeover=1", ""],
    ["permessage-deflate; unknown, permessage-deflate", "permessage-deflate"],
    ["x-webkit-deflate-frame, permessage-deflate", "permessage-deflate"],
  ];
  for (const [offer, answer] of offers) {
    it(`answers the offer ${offer} with ${answer === "" ? "none" : answer}`, function* () {
      const [a, z] = yield* ipcPair();
      yield* bsend(z, Buffer.from(requestWith(offer)), -1);
      const s = yield* wsAttachServer(a, { deflate: true }, -1);
      const [, said = ""] = /Sec-WebSocket-Extensions: (.*)\r\n/.exec(yield* headOf(z)) ?? [];
      expect(said).to.equal(answer);
      closeAll(s, z);
    });
  }

  const sets: readonly Deflate[] = [
    every,
    { ...every, noContextTakeover: true },
    { ...every, maxWindowBits: 9 },
    { ...every, maxWindowBits: 15 },
    { ...every, maxWindowBits: 9, noContextTakeover: true },
    { ...every, maxWindowBits: 12 },
  ];
  for (const [i, deflate] of sets.entries()) {
    it(`13.${i + 1}: a client of ours and a server of ws understand each other`, async () => {
      const server = await startWsServer({ deflate: true });
      await run(talkTo(server.port, deflate));
      await server.close();
    });

    it(`13.${i + 1}: a client of ours and a server in Python understand each other`, async () => {
      const peer = startWebsockets(pythonServer, "deflate");
      await run(talkTo(Number(await peer.line()), deflate));
    });
  }
});

function withAll(deflate: Deflate): Deflate {
  return deflate === false ? false : { ...every, ...(deflate === true ? {} : deflate) };
}

function* talkTo(port: number, deflate: Deflate): Coroutine {
  const tcp = yield* tcpConnect(ipaddrLocal("127.0.0.1", port), now() + 5000);
  const s = yield* wsAttachClient(tcp, { ...asked, deflate }, now() + 5000);
  const { fields } = wsRequest(s);
  const isAgreed = fields.some(({ name }) => name.toLowerCase() === "sec-websocket-extensions");
  expect(isAgreed).to.equal(true);
  for (const text of texts()) {
    yield* wsSend(s, "text", text, now() + 5000);
    expect((yield* wsRecv(s, now() + 5000)).data === text).to.equal(true);
  }
  hclose(s);
}

/** Some that repeat what came before, some longer than the window. */
function texts(): string[] {
  const words = Array.from({ length: 5000 }, (_, i) => `word ${(i * 7919) % 104_729}`).join(" ");
  return ["hello", "hello, hello", words, words, "", "x".repeat(100_000), words.slice(1000)];
}

function* exchange(a: WsSocket, z: WsSocket): Coroutine {
  for (const [from, to] of [
    [a, z],
    [z, a],
  ] as const) {
    for (const text of texts()) {
      const sender = go(send(from, text));
      expect((yield* wsRecv(to, -1)).data === text).to.equal(true);
      yield* join(sender, -1);
    }
  }
}

function* send(s: WsSocket, text: string): Coroutine {
  yield* wsSend(s, "text", text, -1);
}

function* deflatedPair(client: Deflate, server: Deflate): Coroutine<[WsSocket, WsSocket]> {
  const [a, z] = yield* ipcPair();
  const serving = go(serve());
  const s = yield* wsAttachClient(a, { ...asked, deflate: client }, -1);
  return [s, yield* join(serving, -1)];

  function* serve(): Coroutine<WsSocket> {
    return yield* wsAttachServer(z, { deflate: server }, -1);
  }
}

function requestWith(extensions: string): string {
  return [
    "GET / HTTP/1.1",
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Extensions: ${extensions}`,
    "",
    "",
  ].join("\r\n");
}

function* headOf(z: Parameters<typeof brecv>[0]): Coroutine<string> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) head += String(yield* brecv(z, 1, -1));
  return head;
}

function compressed(message: Buffer): Buffer {
  return deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}
