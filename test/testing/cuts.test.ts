import { expect } from "chai";
import {
  brecv,
  bsend,
  go,
  type Handle,
  hclose,
  ipaddrLocal,
  ipaddrRemote,
  ipcAccept,
  ipcConnect,
  ipcListen,
  isErrno,
  msleep,
  now,
  type Operation,
  tcpAccept,
  tcpConnect,
  tcpListen,
} from "libdill-ts";
import { type Body, simulate, type SimulationOptions } from "libdill-ts/testing";
import { it as plain } from "../support/it.js";

function it(title: string, body: Body<unknown>, options?: SimulationOptions): void {
  plain(title, async () => {
    await simulate(body, options);
  });
}

function* codeOf(operation: Operation<Handle>) {
  try {
    hclose(yield* operation);
    return "none";
  } catch (error) {
    if (isErrno(error)) return error.code;
    throw error;
  }
}

describe("a cut", () => {
  it("holds up who connects to a path, until the deadline or until it is mended", function* (sim) {
    const listener = yield* ipcListen("/run/app.ipc", 5);
    sim.net.cut("/run/app.ipc");
    expect(yield* codeOf(ipcConnect("/run/app.ipc", now() + 100))).to.equal("ETIMEDOUT");
    expect(sim.elapsed).to.equal(100);
    expect(yield* codeOf(ipcConnect("/run/app.ipc", 0))).to.equal("ETIMEDOUT");
    go(
      (function* () {
        yield* msleep(now() + 50);
        sim.net.mend("/run/app.ipc");
      })(),
    );
    expect(yield* codeOf(ipcConnect("/run/app.ipc", now() + 100))).to.equal("none");
    expect(sim.elapsed).to.equal(150);
    hclose(listener);
  });

  it(
    "keeps the order of bytes when another one is made meanwhile, whichever is mended first",
    function* (sim) {
      for (const order of [
        ["db", "10.0.0.1:80"],
        ["10.0.0.1:80", "db"],
      ]) {
        const server = sim.start(
          "db",
          (function* () {
            const listener = yield* tcpListen(ipaddrLocal("0.0.0.0", 80), 5);
            const s = yield* tcpAccept(listener, -1);
            const got = yield* brecv(s, 3, now() + 1000);
            hclose(s);
            hclose(listener);
            return got.toString();
          })(),
        );
        yield* msleep(now() + 1);
        const to = yield* ipaddrRemote("10.0.0.1", 80, 0, -1);
        const s = yield* tcpConnect(to, now() + 100);
        for (const [bytes, where] of [["1", "db"], ["2", "10.0.0.1:80"], ["3"]] as const) {
          if (where !== undefined) sim.net.cut(where);
          yield* bsend(s, Buffer.from(bytes), -1);
          yield* msleep(now() + 1);
        }
        for (const where of order) {
          sim.net.mend(where);
          yield* msleep(now() + 1);
        }
        expect(yield* server.join(now() + 2000)).to.equal("123");
        hclose(s);
      }
    },
    { machines: { db: ["10.0.0.1"] } },
  );

  it("is made at a relative path, however that is written", function* (sim) {
    const listener = yield* ipcListen("app.ipc", 5);
    const client = yield* ipcConnect("app.ipc", -1);
    const server = yield* ipcAccept(listener, -1);
    for (const where of ["app.ipc", "./app.ipc", "/simulation/app.ipc"]) {
      sim.net.cut(where);
      yield* bsend(client, Buffer.from("x"), -1);
      let code = "none";
      try {
        yield* brecv(server, 1, now() + 100);
      } catch (error) {
        if (isErrno(error)) ({ code } = error);
      }
      expect(code).to.equal("ETIMEDOUT", where);
      sim.net.mend("app.ipc");
      yield* brecv(server, 1, now() + 100);
    }
    sim.net.kill("app.ipc");
    for (const h of [client, server, listener]) hclose(h);
  });
});
