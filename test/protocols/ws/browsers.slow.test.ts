// The WebSocket of a browser, in a page that our own server sends, and Node's own where there is one.
import { runInThisContext } from "node:vm";
import { expect } from "chai";
import {
  bsend,
  bundle,
  bundleGo,
  type Coroutine,
  hclose,
  ipaddrLocal,
  isErrno,
  now,
  run,
  tcpAccept,
  tcpClose,
  tcpListen,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";
import {
  httpAttach,
  httpDetach,
  type HttpField,
  httpRecvfield,
  httpRecvrequest,
  httpSendfield,
  httpSendstatus,
} from "libdill-ts/http";
import { wsAttachServer, wsDetach, type WsHead, wsRequest } from "libdill-ts/ws";
import { findChromium, inChromium } from "../../support/chromium.js";
import { echo } from "../../support/wsEcho.js";

/** What the page does, and Node's WebSocket: `new Socket` is one of a browser. Returns what it has seen. */
const dialogue = `async (url, Socket) => {
  const seen = [];
  const s = new Socket(url + "/echo", ["no", "chat"]);
  s.binaryType = "arraybuffer";
  const next = () => new Promise((resolve, reject) => { s.onmessage = ({ data }) => resolve(data); s.onclose = reject; });
  await new Promise((resolve, reject) => { s.onopen = resolve; s.onerror = reject; });
  seen.push(s.protocol, s.extensions);
  for (const text of ["hello", "", "Grüße € 🙂", "again and again ".repeat(10000)]) {
    s.send(text);
    seen.push((await next()) === text);
  }
  for (const length of [0, 1, 125, 126, 65535, 65536, 300000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7919) % 256);
    s.send(bytes);
    const back = new Uint8Array(await next());
    seen.push(back.length === length && back.every((byte, i) => byte === bytes[i]));
  }
  const closed = new Promise((resolve) => { s.onclose = resolve; });
  s.close(4321, "done here");
  const { code, reason, wasClean } = await closed;
  seen.push(code, reason, wasClean);
  const t = new Socket(url + "/bye");
  const bye = await new Promise((resolve) => { t.onclose = resolve; });
  seen.push(bye.code, bye.reason, bye.wasClean);
  return seen;
}`;

const expected = [
  ...Array.from({ length: 11 }, () => true),
  4321,
  "",
  true,
  4000,
  "nothing for you",
  true,
];

describe("the WebSocket of a browser", function () {
  this.timeout(60_000);

  it("talks to ours from a page of ours, in Chromium", async () => {
    const found = findChromium();
    if (found === undefined) throw new Error("Chromium is missing: apt-get install chromium");
    await serving(async (port) => {
      const seen = await inChromium(found, async (page) => {
        await page.goto(`http://127.0.0.1:${port}/`);
        return page.evaluate<unknown>(`(${dialogue})("ws://" + location.host, WebSocket)`);
      });
      expect(seen).to.deep.equal(["chat", "permessage-deflate", ...expected]);
    });
  });

  const NodesOwn: unknown = Reflect.get(globalThis, "WebSocket"); // from version 22 on
  if (NodesOwn !== undefined) {
    it("talks to ours from Node", async () => {
      await serving(async (port) => {
        const play = runInThisContext(`(${dialogue})`) as (
          url: string,
          socket: unknown,
        ) => Promise<unknown[]>;
        const [protocol, , ...seen] = await play(`ws://127.0.0.1:${port}`, NodesOwn);
        expect([protocol, ...seen]).to.deep.equal(["chat", ...expected]);
      });
    });
  }
});

const page = "<!DOCTYPE html><title>a page of ours</title>";

/** A value that comes later. */
function later<T>(): { promise: Promise<T>; settle: (value: T) => void } {
  let settle = (_value: T): void => {};
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}

/** Serves as long as the function takes. */
async function serving(use: (port: number) => Promise<void>): Promise<void> {
  const ending = new AbortController();
  const port = later<number>();
  const running = run(serveAll(port.settle), { signal: ending.signal });
  const ended = running.catch((error: unknown) => error);
  try {
    await use(await port.promise);
  } finally {
    ending.abort();
    const error = await ended;
    if (!isErrno(error, "ECANCELED")) throw error;
  }
}

function* serveAll(found: (port: number) => void): Coroutine {
  const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
  const b = bundle({
    onError: (error) => {
      if (!isErrno(error)) throw error; // a browser opens connections that it does not use
    },
  });
  found(tcpLocal(ls).port);
  try {
    for (;;) bundleGo(b, serve(yield* tcpAccept(ls, -1)));
  } finally {
    hclose(b);
    hclose(ls);
  }
}

function* serve(tcp: TcpSocket): Coroutine {
  const http = httpAttach(tcp);
  const request = yield* httpRecvrequest(http, -1);
  const fields: HttpField[] = [];
  try {
    for (;;) fields.push(yield* httpRecvfield(http, -1));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  }
  const s = yield* httpDetach(http, -1);
  if (fields.some(({ name }) => name.toLowerCase() === "upgrade")) {
    yield* talk(s, { ...request, fields });
    return;
  }
  const answer = httpAttach(s);
  yield* httpSendstatus(answer, 200, "OK", -1);
  yield* httpSendfield(answer, "Content-Type", "text/html; charset=utf-8", -1);
  yield* httpSendfield(answer, "Connection", "close", -1);
  const out = yield* httpDetach(answer, -1);
  yield* bsend(out, Buffer.from(page), -1);
  yield* tcpClose(out, now() + 1000);
}

function* talk(bare: TcpSocket, head: WsHead): Coroutine {
  const deflate = { threshold: 0 };
  const s = yield* wsAttachServer(bare, { head, protocols: ["chat"], deflate }, -1);
  if (wsRequest(s).resource === "/echo") {
    yield* echo(s);
    return;
  }
  yield* tcpClose(yield* wsDetach(s, 4000, "nothing for you", -1), now() + 1000);
}
