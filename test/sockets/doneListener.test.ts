// ipcDone and tcpDone of a listener, which takes no more connections.
import { existsSync } from "node:fs";
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Bytestream,
  choose,
  type Coroutine,
  go,
  hclose,
  ipcListen,
  join,
  now,
  yieldNow,
} from "libdill-ts";
import { overCarriers } from "../support/carriers.js";
import { openDescriptors } from "../support/descriptors.js";
import { codeOf, failureOf } from "../support/failure.js";
import { it } from "../support/it.js";

overCarriers("a listener that is done", (carrier) => {
  const { accept, done } = carrier;

  it("hands out the connections that it has taken, and then EPIPE", function* () {
    const { ls, connect } = yield* carrier.listen();
    const before = openDescriptors().length;
    const clients: Bytestream[] = [];
    for (let i = 0; i < 3; i++) clients.push(yield* connect(-1));
    while (openDescriptors().length < before + 6) yield* yieldNow();
    yield* done(ls, -1);
    for (const client of clients) {
      const s = yield* accept(ls, 0);
      yield* bsend(s, Buffer.from("x"), -1);
      expect(String(yield* brecv(client, 1, -1))).to.equal("x");
      for (const h of [s, client]) hclose(h);
    }
    for (const deadline of [-1, 0]) {
      const error = yield* failureOf(accept(ls, deadline));
      expect(error).to.include({ code: "EPIPE", syscall: `${carrier.prefix}_accept` });
    }
    hclose(ls);
  });

  it("refuses whoever comes later, and has given its descriptor back", function* () {
    const before = openDescriptors().length;
    const { ls, where, connect } = yield* carrier.listen();
    yield* done(ls, -1);
    expect(openDescriptors()).to.have.length(before);
    expect(yield* codeOf(connect(now() + 1000))).to.be.oneOf(["ECONNREFUSED", "ENOENT"]);
    if (carrier.name === "ipc") expect(existsSync(where)).to.equal(false);
    hclose(ls);
  });

  it("leaves a file alone that another listener has put in its place", function* () {
    if (carrier.name !== "ipc") return;
    const { ls, where } = yield* carrier.listen();
    yield* done(ls, -1);
    const successor = yield* ipcListen(where, 10);
    hclose(ls);
    expect(existsSync(where)).to.equal(true);
    hclose(successor);
  });

  it("ends an accept that waits, with EPIPE", function* () {
    const { ls } = yield* carrier.listen();
    const waiting = go(
      (function* (): Coroutine<string> {
        return yield* codeOf(accept(ls, -1));
      })(),
    );
    yield* done(ls, -1);
    expect(yield* join(waiting, -1)).to.equal("EPIPE");
    for (const h of [waiting, ls]) hclose(h);
  });

  it("is readable, because an accept need not wait", function* () {
    const { ls } = yield* carrier.listen();
    const waiting = go(
      (function* (): Coroutine<number> {
        return (yield* choose([{ op: "readable", s: ls as Bytestream }], -1)).index;
      })(),
    );
    yield* done(ls, -1);
    expect(yield* join(waiting, -1)).to.equal(0);
    hclose(waiting);
    yield* choose([{ op: "readable", s: ls as Bytestream }], 0);
    expect(yield* codeOf(accept(ls, -1))).to.equal("EPIPE");
    hclose(ls);
  });

  it("is closed with what nobody has accepted", function* () {
    const { ls, connect } = yield* carrier.listen();
    const before = openDescriptors().length;
    const client = yield* connect(-1);
    while (openDescriptors().length < before + 2) yield* yieldNow();
    yield* done(ls, -1);
    hclose(ls);
    expect(yield* codeOf(brecv(client, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
    hclose(client);
  });

  it("EPIPE: it has been said already", function* () {
    const { ls } = yield* carrier.listen();
    yield* done(ls, -1);
    const error = yield* failureOf(done(ls, -1));
    expect(error).to.include({ code: "EPIPE", syscall: `${carrier.prefix}_done` });
    hclose(ls);
  });

  it("EINVAL: the deadline is none, and the listener goes on", function* () {
    const { ls, connect } = yield* carrier.listen();
    expect(yield* codeOf(done(ls, Number.NaN))).to.equal("EINVAL");
    const s = yield* connect(-1);
    for (const h of [yield* accept(ls, -1), s, ls]) hclose(h);
  });
});
