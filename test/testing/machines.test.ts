import { expect } from "chai";
import { it as plain } from "mocha";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  type Coroutine,
  hclose,
  ipaddrLocal,
  ipaddrRemote,
  ipaddrStr,
  ipcConnect,
  ipcListen,
  isErrno,
  msleep,
  now,
  tcpAccept,
  tcpConnect,
  tcpListen,
  tcpPeer,
  udpOpen,
  udpRecv,
  udpSend,
} from "libdill-ts";
import { type Body, explore, simulate } from "libdill-ts/testing";
import { codeOrNone, rejectionOf } from "../support/failure.js";

const machines = { db: ["10.0.0.1"], web: ["10.0.0.2"] };

function it(title: string, body: Body<unknown>): void {
  plain(title, async () => {
    await simulate(body, { machines });
  });
}

/** Sends back what it gets. */
function* echo(): Coroutine {
  const ls = yield* tcpListen(ipaddrLocal("0.0.0.0", 5432), 10);
  const dialogues = bundle();
  for (;;) {
    const s = yield* tcpAccept(ls, -1);
    bundleGo(
      dialogues,
      (function* () {
        const byte = Buffer.alloc(1);
        try {
          for (;;) {
            yield* brecv(s, byte, -1);
            yield* bsend(s, byte, -1);
          }
        } catch (error) {
          if (!isErrno(error, "EPIPE") && !isErrno(error, "ECONNRESET")) throw error;
        } finally {
          hclose(s);
        }
      })(),
    );
  }
}

function* connectToDb(deadline: number) {
  return yield* tcpConnect(yield* ipaddrRemote("db", 5432, 0, deadline), deadline);
}

describe("machines of a simulation", () => {
  it("are found by their names, and see each other's addresses", function* (sim) {
    void sim.start(
      "db",
      (function* () {
        const ls = yield* tcpListen(ipaddrLocal("10.0.0.1", 5432), 10);
        const s = yield* tcpAccept(ls, -1);
        expect(ipaddrStr(tcpPeer(s))).to.equal("10.0.0.2");
        yield* bsend(s, Buffer.from("x"), -1);
      })(),
    );
    const web = sim.start(
      "web",
      (function* () {
        yield* msleep(now() + 1);
        yield* brecv(yield* connectToDb(-1), 1, -1);
      })(),
    );
    yield* web.join(-1);
  });

  it("have files of their own", function* (sim) {
    void sim.start(
      "db",
      (function* () {
        yield* ipcListen("/run/app.ipc", 10);
        yield* msleep(now() + 100);
      })(),
    );
    yield* msleep(now() + 1);
    expect(yield* codeOrNone(ipcConnect("/run/app.ipc", -1))).to.equal("ENOENT");
    yield* ipcListen("/run/app.ipc", 10);
  });

  it("have no address of another one", function* (sim) {
    const web = sim.start(
      "web",
      (function* () {
        return yield* codeOrNone(tcpListen(ipaddrLocal("10.0.0.1", 80), 10));
      })(),
    );
    expect(yield* web.join(-1)).to.equal("EADDRNOTAVAIL");
  });

  it("are out of reach while the two are cut off from each other, and go on when that is mended", function* (sim) {
    void sim.start("db", echo());
    const web = sim.start(
      "web",
      (function* () {
        yield* msleep(now() + 1);
        const s = yield* connectToDb(-1);
        sim.net.cut("web", "db");
        yield* bsend(s, Buffer.from("x"), -1);
        expect(yield* codeOrNone(brecv(s, 1, now() + 60_000))).to.equal("ETIMEDOUT");
        expect(yield* codeOrNone(connectToDb(now() + 1000))).to.equal("ETIMEDOUT");
        sim.net.mend("db", "web");
        expect(yield* codeOrNone(brecv(s, 1, now() + 1000))).to.equal("none");
        expect(yield* codeOrNone(connectToDb(now() + 1000))).to.equal("none");
      })(),
    );
    yield* web.join(-1);
    sim.net.kill("db");
  });

  it("are reached by all others while only two of them are cut off from each other", function* (sim) {
    void sim.start("db", echo());
    yield* msleep(now() + 1);
    sim.net.cut("web", "db");
    expect(yield* codeOrNone(connectToDb(now() + 1000))).to.equal("none");
    sim.net.cut("db");
    expect(yield* codeOrNone(connectToDb(now() + 1000))).to.equal("ETIMEDOUT");
    sim.net.kill("db");
  });

  it("lose everything when they are killed, and can be started again", function* (sim) {
    let cleanUps = 0;
    const server = function* (): Coroutine {
      try {
        yield* echo();
      } finally {
        cleanUps += 1;
      }
    };
    void sim.start("db", server());
    yield* msleep(now() + 1);
    const s = yield* connectToDb(-1);
    sim.net.kill("db");
    expect(yield* codeOrNone(brecv(s, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
    expect(yield* codeOrNone(connectToDb(now() + 1000))).to.equal("ECONNREFUSED");
    void sim.start("db", server());
    yield* msleep(now() + 1);
    expect(yield* codeOrNone(connectToDb(now() + 1000))).to.equal("none");
    sim.net.kill("db");
    yield* msleep(now() + 1);
    expect(cleanUps).to.equal(2);
  });

  it("send datagrams to each other", function* (sim) {
    const db = sim.start(
      "db",
      (function* () {
        const s = yield* udpOpen(ipaddrLocal("0.0.0.0", 53), null);
        const { data, addr } = yield* udpRecv(s, -1);
        udpSend(s, addr, data);
      })(),
    );
    const web = sim.start(
      "web",
      (function* () {
        yield* msleep(now() + 1);
        const s = yield* udpOpen(ipaddrLocal("0.0.0.0", 0), null);
        udpSend(s, yield* ipaddrRemote("db", 53, 0, -1), Buffer.from("?"));
        const { data, addr } = yield* udpRecv(s, now() + 1000);
        return `${data.toString()} from ${ipaddrStr(addr)}`;
      })(),
    );
    expect(yield* web.join(-1)).to.equal("? from 10.0.0.1");
    yield* db.join(-1);
  });

  plain("fail the simulation if a program on them fails, and nobody has joined it", async () => {
    const failure = new Error("the program's own");
    const body: Body<void> = function* (sim) {
      sim.start(
        "db",
        (function* () {
          yield* msleep(now() + 1);
          throw failure;
        })(),
      );
      yield* msleep(now() + 10);
    };
    expect(await rejectionOf(simulate(body, { machines }))).to.equal(failure);
    expect(await rejectionOf(explore(body, { machines }))).to.have.property("cause", failure);
  });

  it("tell whoever joins a program what it has failed with, and nobody else", function* (sim) {
    const db = sim.start(
      "db",
      (function* () {
        yield* msleep(now() + 1);
        throw new Error("down");
      })(),
    );
    let told = "";
    try {
      yield* db.join(now() + 100);
    } catch (error) {
      told = String(error);
    }
    expect(told).to.equal("Error: down");
  });

  plain("that are not there are EINVAL, and the message says who gives them", async () => {
    const error = await rejectionOf(
      simulate(
        function* (sim) {
          yield* msleep(now() + 1);
          sim.net.cut("db", "moon");
        },
        { machines },
      ),
    );
    expect(error).to.have.property("code", "EINVAL");
    expect(String(error)).to.match(
      /machines are given to simulate\(\) by name, and .*moon.* is none/,
    );
  });

  plain("are explored: a partition at every place, and none of them hangs the client", async () => {
    const { schedules, isComplete } = await explore(
      function* (sim) {
        void sim.start("db", echo());
        const web = sim.start(
          "web",
          (function* () {
            yield* msleep(now() + 1);
            for (let i = 0; i < 3; i++) {
              if (sim.chance(0.5)) sim.net.cut("web", "db");
              let s;
              try {
                s = yield* connectToDb(now() + 100);
                yield* bsend(s, Buffer.from("x"), now() + 100);
                yield* brecv(s, 1, now() + 100);
              } catch (error) {
                expect(isErrno(error, "ETIMEDOUT")).to.equal(true);
              } finally {
                if (s !== undefined) hclose(s);
              }
              sim.net.mend("web", "db");
            }
          })(),
        );
        yield* web.join(-1);
        sim.net.kill("db");
      },
      { machines, search: "all", deviations: 1, seconds: 20 },
    );
    expect(schedules).to.be.above(4);
    expect(isComplete).to.equal(true);
  });
});
