import { expect } from "chai";
import { Resolver } from "node:dns";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { run as runEffection, spawn } from "effection";
import {
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  go,
  hclose,
  IPADDR_IPV4,
  IPADDR_IPV6,
  IPADDR_PREF_IPV6,
  type IpaddrMode,
  ipaddrRemote,
  ipaddrRemotes,
  ipaddrStr,
  msleep,
  type NameResolver,
  now,
} from "libdill-ts";
import { codeOf, failureOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { until } from "../support/until.js";

describe("ipaddrRemotes", () => {
  it("takes an address as text, without a question and under any deadline", function* () {
    for (const deadline of [-1, 0, 1]) {
      const found = yield* ipaddrRemotes("127.0.0.1", 80, 0, deadline);
      expect(found).to.deep.equal([{ family: "ipv4", address: "127.0.0.1", port: 80 }]);
    }
    expect(yield* ipaddrRemotes("::1", 80, IPADDR_IPV4, -1)).to.deep.equal([]);
    expect(yield* codeOf(ipaddrRemote("::1", 80, IPADDR_IPV4, -1))).to.equal("EADDRNOTAVAIL");
  });

  it("finds localhost where the system has it: in the hosts file", function* () {
    const found = yield* ipaddrRemotes("localhost", 80, IPADDR_IPV4, now() + 4000);
    expect(found.map(ipaddrStr)).to.include("127.0.0.1");
    expect(ipaddrStr(yield* ipaddrRemote("localhost", 80, 0, now() + 4000))).to.equal("127.0.0.1");
  });

  it("does nothing before the yield*, and works anew each time it is run", function* () {
    const { resolver, asked } = answering({ resolve4: ["10.0.0.1"] });
    const operation = ipaddrRemotes("name", 1, IPADDR_IPV4, -1, { resolver });
    expect(asked).to.deep.equal([]);
    for (let i = 0; i < 2; i++)
      expect((yield* operation).map(ipaddrStr)).to.deep.equal(["10.0.0.1"]);
    expect(asked).to.deep.equal(["resolve4 name", "resolve4 name"]);
  });

  it("asks for both families at once, and lists the preferred one first", function* () {
    const { resolver } = answering({ resolve4: ["10.0.0.1", "10.0.0.2"], resolve6: ["fd00::1"] });
    const texts = function* (mode: IpaddrMode): Coroutine<string[]> {
      return (yield* ipaddrRemotes("name", 1, mode, -1, { resolver })).map(ipaddrStr);
    };
    expect(yield* texts(0)).to.deep.equal(["10.0.0.1", "10.0.0.2", "fd00::1"]);
    expect(yield* texts(IPADDR_PREF_IPV6)).to.deep.equal(["fd00::1", "10.0.0.1", "10.0.0.2"]);
    expect(yield* texts(IPADDR_IPV6)).to.deep.equal(["fd00::1"]);
  });

  it("is empty if there is no such name, and leaves out what is no address of the family", function* () {
    const nothing = answering({ resolve4: failure("ENOTFOUND"), resolve6: failure("ENODATA") });
    expect(yield* ipaddrRemotes("name", 1, 0, -1, nothing)).to.deep.equal([]);
    const strange = answering({ resolve4: ["::1", "text", 5 as unknown as string, "1.2.3.4"] });
    const found = yield* ipaddrRemotes("name", 1, IPADDR_IPV4, -1, strange);
    expect(found.map(ipaddrStr)).to.deep.equal(["1.2.3.4"]);
  });

  it("counts a failure only if no family has given an address", function* () {
    const half = answering({ resolve4: ["10.0.0.1"], resolve6: failure("ESERVFAIL") });
    expect(yield* ipaddrRemotes("name", 1, 0, -1, half)).to.have.length(1);
    const both = answering({ resolve4: failure("ENOTFOUND"), resolve6: failure("ESERVFAIL") });
    const error = yield* failureOf(ipaddrRemotes("name", 1, 0, -1, both));
    expect(error).to.include({ code: "EIO", syscall: "ipaddr_remotes", address: "name" });
    expect(error.cause).to.include({ code: "ESERVFAIL" });
  });

  it("of one address, does not wait for the family that is not preferred", function* () {
    const { resolver, canceled } = answering({ resolve4: ["10.0.0.1"], resolve6: never });
    expect(ipaddrStr(yield* ipaddrRemote("name", 1, 0, -1, { resolver }))).to.equal("10.0.0.1");
    expect(canceled()).to.equal(1);
    const other = answering({ resolve4: ["10.0.0.1"], resolve6: failure("ENODATA") });
    const second = yield* ipaddrRemote("name", 1, IPADDR_PREF_IPV6, -1, other);
    expect(ipaddrStr(second)).to.equal("10.0.0.1");
  });

  it("asks the system once for all who ask for one name and family meanwhile", function* () {
    const all = bundle();
    const found: string[] = [];
    for (let i = 0; i < 50; i++) {
      bundleGo(
        all,
        (function* () {
          found.push(ipaddrStr(yield* ipaddrRemote("localhost", i, IPADDR_IPV4, -1)));
        })(),
      );
    }
    const requests = process
      .getActiveResourcesInfo()
      .filter((name) => name === "GetAddrInfoReqWrap");
    expect(requests).to.have.length(1);
    yield* bundleWait(all, -1);
    expect(found).to.deep.equal(Array.from({ length: 50 }, () => "127.0.0.1"));
    hclose(all);
  });

  it("takes a Resolver of node:dns", function* () {
    const server = yield* nameServer("answers");
    const resolver = resolverOf(server);
    const found = yield* ipaddrRemotes("example.org", 80, IPADDR_IPV4, now() + 4000, { resolver });
    expect(found.map(ipaddrStr)).to.deep.equal(["192.0.2.7"]);
    server.close();
  });

  it("survives a resolver that throws, answers at once, or twice", function* () {
    const hasty: NameResolver = {
      resolve4(_name, answer) {
        answer(null, ["10.0.0.1"]);
        answer(null, ["10.0.0.2"]);
      },
      resolve6() {
        throw new Error("broken");
      },
      cancel() {},
    };
    const found = yield* ipaddrRemotes("name", 1, IPADDR_IPV4, -1, { resolver: hasty });
    expect(found.map(ipaddrStr)).to.deep.equal(["10.0.0.1"]);
    const error = yield* failureOf(ipaddrRemotes("n", 1, IPADDR_IPV6, -1, { resolver: hasty }));
    expect(error.code).to.equal("EIO");
    expect(error.cause).to.have.property("message", "broken");
  });

  it("works in an Effection program, where a halt gives up", async () => {
    await runEffection(function* () {
      const { resolver, canceled } = answering({ resolve4: never });
      const task = yield* spawn(() => ipaddrRemotes("name", 1, IPADDR_IPV4, -1, { resolver }));
      yield* msleep(now() + 2);
      yield* task.halt();
      expect(canceled()).to.equal(1);
      expect(yield* ipaddrRemotes("::1", 1, 0, -1)).to.have.length(1);
    });
  });

  describe("deadline", () => {
    it("gives ETIMEDOUT at once when it hits, and cancels the resolver", function* () {
      const server = yield* nameServer("silent");
      const resolver = resolverOf(server);
      const deadline = now() + 30;
      const error = yield* failureOf(ipaddrRemote("example.org", 80, 0, deadline, { resolver }));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "ipaddr_remote" });
      expect(now()).to.be.at.least(deadline);
      // A question that is still open would keep the process busy for seconds.
      yield* msleep(now() + 5);
      expect(process.getActiveResourcesInfo()).to.not.include("QueryReqWrap");
      server.close();
    });

    it("0 or past is ETIMEDOUT for a name", function* () {
      const { resolver } = answering({ resolve4: never });
      for (const deadline of [0, 1]) {
        const operation = ipaddrRemote("name", 80, IPADDR_IPV4, deadline, { resolver });
        expect(yield* codeOf(operation)).to.equal("ETIMEDOUT");
      }
    });

    it("is EINVAL if it is no point in time", function* () {
      for (const deadline of [NaN, -2]) {
        expect(yield* codeOf(ipaddrRemote("::1", 80, 0, deadline))).to.equal("EINVAL");
        expect(yield* codeOf(ipaddrRemotes("::1", 80, 0, deadline))).to.equal("EINVAL");
      }
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED at once; a resolver is canceled when the last question to it is given up", function* () {
      const { resolver, canceled } = answering({ resolve4: never });
      const codes: string[] = [];
      const [first, second] = [go(ask()), go(ask())];
      hclose(first);
      expect([codes, canceled()]).to.deep.equal([["ECANCELED"], 0]);
      hclose(second);
      expect([codes, canceled()]).to.deep.equal([["ECANCELED", "ECANCELED"], 1]);

      function* ask(): Coroutine {
        codes.push(yield* codeOf(ipaddrRemotes("name", 1, IPADDR_IPV4, -1, { resolver })));
      }
    });

    it("of the first who asks the system leaves the others their answer", function* () {
      const codes: string[] = [];
      const first = go(
        (function* () {
          codes.push(yield* codeOf(ipaddrRemotes("localhost", 1, IPADDR_IPV4, -1)));
        })(),
      );
      const second = go(
        (function* () {
          return yield* ipaddrRemotes("localhost", 1, IPADDR_IPV4, -1);
        })(),
      );
      hclose(first);
      expect(codes).to.deep.equal(["ECANCELED"]);
      yield* bundleWait(second, -1);
      hclose(second);
      expect(yield* ipaddrRemotes("localhost", 1, IPADDR_IPV4, -1)).to.not.be.empty;
    });
  });

  describe("errors", () => {
    it("EADDRNOTAVAIL: there is no such name", function* () {
      const nothing = answering({ resolve4: failure("ENOTFOUND"), resolve6: failure("ENOTFOUND") });
      const error = yield* failureOf(ipaddrRemote("nobody.invalid", 80, 0, -1, nothing));
      expect(error).to.include({ code: "EADDRNOTAVAIL", syscall: "ipaddr_remote" });
      expect(error).to.include({ address: "nobody.invalid" });
    });

    it("ETIMEDOUT: no server has answered in the system's own time", function* () {
      for (const code of ["ETIMEOUT", "EAI_AGAIN"]) {
        const silent = answering({ resolve4: failure(code) });
        const error = yield* failureOf(ipaddrRemotes("name", 80, IPADDR_IPV4, -1, silent));
        expect(error.code).to.equal("ETIMEDOUT");
        expect(error.message).to.contain("no server");
      }
    });

    it("EIO: a server has failed, for ipaddrRemote", function* () {
      const broken = answering({ resolve4: failure("ESERVFAIL") });
      expect(yield* codeOf(ipaddrRemote("name", 80, IPADDR_IPV4, -1, broken))).to.equal("EIO");
    });

    it("EINVAL: the name, the port or the mode is none", function* () {
      for (const name of ["", "a\0b", undefined, null, 5, {}]) {
        expect(yield* codeOf(ipaddrRemote(name as string, 1, 0, -1))).to.equal("EINVAL");
        expect(yield* codeOf(ipaddrRemotes(name as string, 1, 0, -1))).to.equal("EINVAL");
      }
      for (const port of [-1, 65_536, NaN]) {
        expect(yield* codeOf(ipaddrRemote("::1", port, 0, -1))).to.equal("EINVAL");
      }
      expect(yield* codeOf(ipaddrRemote("::1", 1, 9 as IpaddrMode, -1))).to.equal("EINVAL");
    });
  });
});

type Answer = string[] | Error | typeof never;

const never = Symbol("never");

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** A resolver that answers what it is told, later; and what it has been asked. */
function answering(answers: { resolve4?: Answer; resolve6?: Answer }) {
  const asked: string[] = [];
  let canceled = 0;
  const resolve = (kind: "resolve4" | "resolve6"): NameResolver["resolve4"] => {
    return (name, answer) => {
      asked.push(`${kind} ${name}`);
      const found = answers[kind] ?? [];
      if (found === never) return;
      setImmediate(() => (found instanceof Error ? answer(found, []) : answer(null, found)));
    };
  };
  const resolver: NameResolver = {
    resolve4: resolve("resolve4"),
    resolve6: resolve("resolve6"),
    cancel() {
      canceled += 1;
    },
  };
  return { resolver, asked, canceled: () => canceled };
}

function resolverOf(server: Socket): Resolver {
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  return resolver;
}

/** A server for names that has one address for all of them, or none. */
function* nameServer(how: "answers" | "silent"): Coroutine<Socket> {
  const server = createSocket("udp4");
  server.on("message", (question: Buffer, from: RemoteInfo) => {
    if (how === "silent") return;
    const header = Buffer.from([...question.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const asked = question.subarray(12, question.indexOf(0, 12) + 5);
    const answer = [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7];
    server.send(Buffer.concat([header, asked, Buffer.from(answer)]), from.port, from.address);
  });
  server.bind(0, "127.0.0.1");
  yield* until(once(server, "listening"));
  return server;
}
