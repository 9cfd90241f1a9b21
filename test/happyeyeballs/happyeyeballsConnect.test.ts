import { expect } from "chai";
import { run as runEffection, spawn } from "effection";
import {
  brecv,
  bsend,
  type Coroutine,
  type DillError,
  go,
  happyeyeballsConnect,
  hclose,
  type Ipaddr,
  ipaddrLocal,
  join,
  msleep,
  type NameResolver,
  now,
  run,
  tcpAccept,
  tcpListen,
  type TcpListener,
  tcpLocal,
  tcpPeer,
} from "libdill-ts";
import { descriptors } from "../support/descriptors.js";
import { codeOf, failureOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { stopProcesses } from "../support/process.js";
import { silentAddress, silentListener } from "../support/silentAddress.js";

describe("happyeyeballsConnect", () => {
  afterEach(stopProcesses);

  it("tries the first of very many addresses", function* () {
    const ls = yield* listen("127.0.0.1");
    const resolver = answering(Array.from({ length: 200_000 }, () => "127.0.0.1"));
    const c = yield* happyeyeballsConnect("name", tcpLocal(ls).port, -1, { resolver });
    expect(tcpPeer(c).port).to.equal(tcpLocal(ls).port);
  });

  for (const name of ["localhost", "127.0.0.1", "::1"]) {
    it(`connects to ${name}`, function* () {
      const ls = yield* listen(name === "::1" ? "::1" : "127.0.0.1");
      const c = yield* happyeyeballsConnect(name, tcpLocal(ls).port, -1);
      const s = yield* tcpAccept(ls, -1);
      yield* bsend(c, Buffer.from("ABC"), -1);
      expect(String(yield* brecv(s, 3, -1))).to.equal("ABC");
    });
  }

  it("takes IPv6 if both answer", function* () {
    const ls = yield* listen("::1");
    const { port } = tcpLocal(ls);
    yield* listen("127.0.0.1", port);
    const s = yield* happyeyeballsConnect("name", port, -1, { resolver: both });
    expect(tcpPeer(s).family).to.equal("ipv6");
  });

  it("refused, fine: connects without a pause", function* () {
    const ls = yield* listen("127.0.0.1");
    const before = descriptors();
    const deadline = now() + 200; // a pause would take 250 ms
    const s = yield* happyeyeballsConnect("name", tcpLocal(ls).port, deadline, { resolver: both });
    expect(tcpPeer(s).address).to.equal("127.0.0.1");
    expect(descriptors()).to.be.within(before + 1, before + 2); // theirs may have been accepted by now
  });

  it("refused, refused: the first one's error at once, and both behind it", function* () {
    const port = yield* freePort();
    const before = descriptors();
    const error = yield* failureOf(happyeyeballsConnect("name", port, -1, { resolver: both }));
    expect(error).to.include({
      code: "ECONNREFUSED",
      syscall: "happyeyeballs_connect",
      address: `[::1]:${port}`,
    });
    const causes = (error.cause as AggregateError).errors as DillError[];
    expect(causes.map(({ code, address }) => [code, address])).to.deep.equal([
      ["ECONNREFUSED", `[::1]:${port}`],
      ["ECONNREFUSED", `127.0.0.1:${port}`],
    ]);
    expect(descriptors()).to.equal(before);
  });

  it("silent, fine: the second one is tried after a pause, and the silent one closed", function* () {
    const silent = yield* silentAddress();
    const ls = yield* listen("127.0.0.2", silent.port);
    const resolver = answering(["127.0.0.1", "127.0.0.2"]);
    const start = now();
    const before = descriptors();
    const s = yield* happyeyeballsConnect("name", silent.port, -1, { resolver });
    expect(now() - start).to.be.at.least(250);
    expect(tcpPeer(s).address).to.equal("127.0.0.2");
    hclose(yield* tcpAccept(ls, -1));
    hclose(s);
    expect(descriptors()).to.equal(before);
  });

  it("answers late, refused: the late one wins", function* () {
    const { addr, answer } = yield* silentListener();
    const resolver = answering(["127.0.0.1", "127.0.0.3"]); // at the second one nobody listens
    const connecting = go(
      (function* (): Coroutine<string> {
        const s = yield* happyeyeballsConnect("name", addr.port, -1, { resolver });
        return tcpPeer(s).address;
      })(),
    );
    yield* msleep(now() + 300); // the second one has been refused by then
    answer();
    expect(yield* join(connecting, -1)).to.equal("127.0.0.1");
  });

  it("silent, silent: ETIMEDOUT at the deadline, not before", function* () {
    const silent = yield* silentAddress();
    const resolver = answering(["127.0.0.1", "127.0.0.1"]);
    const before = descriptors();
    const deadline = now() + 350;
    const error = yield* failureOf(
      happyeyeballsConnect("name", silent.port, deadline, { resolver }),
    );
    expect(error).to.include({ code: "ETIMEDOUT", syscall: "happyeyeballs_connect" });
    expect(now()).to.be.at.least(deadline);
    expect(descriptors()).to.equal(before);
  });

  it("a name without an address is EADDRNOTAVAIL, and one that can't be looked up EIO", function* () {
    const none = happyeyeballsConnect("name", 80, -1, { resolver: answering([]) });
    expect(yield* codeOf(none)).to.equal("EADDRNOTAVAIL");
    const fail: NameResolver["resolve4"] = (_name, callback) => {
      callback(Object.assign(new Error("no"), { code: "ESERVFAIL" }), []);
    };
    const resolver: NameResolver = { resolve4: fail, resolve6: fail, cancel: () => {} };
    const failing = yield* failureOf(happyeyeballsConnect("name", 80, -1, { resolver }));
    expect(failing).to.include({ code: "EIO", syscall: "happyeyeballs_connect" });
  });

  it("with deadline 0 connects to an address that needs no wait", function* () {
    const ls = yield* listen("127.0.0.1");
    for (const deadline of [0, now() - 1000, 1]) {
      yield* happyeyeballsConnect("127.0.0.1", tcpLocal(ls).port, deadline);
    }
    const port = yield* freePort();
    expect(yield* codeOf(happyeyeballsConnect("127.0.0.1", port, 0))).to.equal("ECONNREFUSED");
    const silent = yield* silentAddress();
    const late = happyeyeballsConnect("127.0.0.1", silent.port, 0);
    expect(yield* codeOf(late)).to.equal("ETIMEDOUT");
    const asking = happyeyeballsConnect("name", port, 0, { resolver: mute() });
    expect(yield* codeOf(asking)).to.equal("ETIMEDOUT");
  });

  it("that is canceled gives up questions and attempts, whenever that is", function* () {
    const silent = yield* silentAddress();
    const before = descriptors();
    const resolvers = [mute(), answering(["127.0.0.1"]), answering(["127.0.0.1", "127.0.0.1"])];
    for (const [i, resolver] of resolvers.entries()) {
      const errors: unknown[] = [];
      const b = go(
        (function* () {
          errors.push(
            yield* failureOf(happyeyeballsConnect("name", silent.port, -1, { resolver })),
          );
        })(),
      );
      yield* msleep(now() + ([1, 5, 300][i] ?? 0));
      hclose(b);
      expect(errors[0]).to.include({ code: "ECANCELED", syscall: "happyeyeballs_connect" });
      expect(descriptors()).to.equal(before);
    }
    expect(resolvers[0]?.canceled).to.equal(1);
  });

  it("works in an Effection program, where a halt drops the attempts", async () => {
    const before = descriptors();
    await runEffection(function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      const { port } = tcpLocal(ls);
      const halted = yield* spawn(() => happyeyeballsConnect("127.0.0.1", port, -1));
      yield* halted.halt();
      const s = yield* happyeyeballsConnect("127.0.0.1", port, -1);
      for (const h of [s, ls]) hclose(h);
    });
    expect(descriptors()).to.equal(before);
  });

  it("passes its options on to the connection", function* () {
    const ls = yield* listen("127.0.0.1");
    const { port } = tcpLocal(ls);
    yield* happyeyeballsConnect("127.0.0.1", port, -1, { noDelay: false, keepAlive: 1000 });
    for (const options of [{ noDelay: 1 }, { keepAlive: -1 }]) {
      const wrong = happyeyeballsConnect("127.0.0.1", port, -1, options as object);
      expect(yield* codeOf(wrong)).to.equal("EINVAL");
    }
  });

  it("is EINVAL without a name, a port or a deadline", function* () {
    const wrong: [unknown, unknown, unknown][] = [
      ["", 80, -1],
      [null, 80, -1],
      ["a\0b", 80, -1],
      ["localhost", 0, -1],
      ["localhost", 65_536, -1],
      ["localhost", "80", -1],
      ["localhost", 80, NaN],
      ["localhost", 80, undefined],
    ];
    for (const [name, port, deadline] of wrong) {
      const attempt = happyeyeballsConnect(name as string, port as number, deadline as number);
      expect(yield* codeOf(attempt)).to.equal("EINVAL");
    }
  });

  it("leaves nothing behind at the end of the run", async () => {
    const before = descriptors();
    await run(
      (function* (): Coroutine {
        const ls = yield* listen("127.0.0.1");
        yield* happyeyeballsConnect("127.0.0.1", tcpLocal(ls).port, -1);
      })(),
    );
    expect(descriptors()).to.equal(before);
  });
});

function* listen(host: string, port = 0): Coroutine<TcpListener> {
  return yield* tcpListen(ipaddrLocal(host, port), 10);
}

/** A port at which nobody listens. */
function* freePort(): Coroutine<number> {
  const ls = yield* listen("127.0.0.1");
  const { port }: Ipaddr = tcpLocal(ls);
  hclose(ls);
  return port;
}

const both = answering(["127.0.0.1"], ["::1"]);

function answering(ipv4: string[], ipv6: string[] = []) {
  const resolver = {
    canceled: 0,
    resolve4: (_name: string, callback: (error: null, found: string[]) => void) =>
      callback(null, ipv4),
    resolve6: (_name: string, callback: (error: null, found: string[]) => void) =>
      callback(null, ipv6),
    cancel: () => void resolver.canceled++,
  };
  return resolver;
}

/** A resolver that never answers. */
function mute() {
  const resolver = answering([]);
  return Object.assign(resolver, { resolve4: () => {}, resolve6: () => {} });
}
