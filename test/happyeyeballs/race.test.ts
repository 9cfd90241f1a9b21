// The rules, in virtual time, in a network that follows a script.
import { expect } from "chai";
import fc from "fast-check";
import { type Coroutine, DillError, go, hclose, hquery, msleep, now } from "libdill-ts";
import { race } from "#src/happyeyeballs/race.js";
import { it } from "../support/it.js";
import { nameType, type Script, ScriptedNetwork } from "../support/scriptedNetwork.js";
import { inVirtualTime } from "../support/virtualTime.js";

interface Finish {
  /** The winner's name, or the error's code. */
  readonly result: string;
  /** When it was known. */
  readonly at: number;
  readonly attempts: readonly string[];
  readonly canceled: readonly string[];
  readonly error: unknown;
}

describe("happy eyeballs", () => {
  describe("as libdill's own tests have it", () => {
    const cases: readonly [string, Script, number, Partial<Finish>][] = [
      [
        "IPv6 only",
        { ipv6: [10, 1], ipv4: [10, 0], connects: { "v6.1": 5 } },
        Infinity,
        { result: "v6.1", at: 15 },
      ],
      [
        "IPv4 only",
        { ipv6: [10, 0], ipv4: [10, 1], connects: { "v4.1": 5 } },
        Infinity,
        { result: "v4.1", at: 15 },
      ],
      [
        "IPv6 is answered first",
        { ipv6: [10, 1], ipv4: [100, 1], connects: { "v6.1": 5 } },
        Infinity,
        { result: "v6.1", canceled: ["15 v4"] },
      ],
      [
        "IPv6 is answered much later",
        { ipv6: [1000, 1], ipv4: [10, 1], connects: { "v4.1": 5 } },
        Infinity,
        { result: "v4.1", canceled: ["65 v6"] },
      ],
      [
        "IPv6 is answered a little later",
        { ipv6: [30, 1], ipv4: [10, 1], connects: { "v6.1": 5, "v4.1": 5 } },
        Infinity,
        { result: "v6.1", at: 35, attempts: ["30 v6.1"] },
      ],
      [
        "IPv6 is answered while IPv4 connects",
        { ipv6: [100, 1], ipv4: [10, 1], connects: { "v4.1": 100, "v6.1": 1 } },
        Infinity,
        { result: "v4.1", at: 160, attempts: ["60 v4.1"] },
      ],
      [
        "both are answered late",
        { ipv6: [100, 1], ipv4: [200, 1], connects: { "v6.1": 5 } },
        Infinity,
        { result: "v6.1", canceled: ["105 v4"] },
      ],
      [
        "the deadline is within the resolution delay",
        { ipv6: [1000, 1], ipv4: [1000, 1] },
        30,
        { result: "ETIMEDOUT", at: 30, attempts: [] },
      ],
      [
        "the deadline is after the resolution delay",
        { ipv6: [1000, 1], ipv4: [1000, 1] },
        100,
        { result: "ETIMEDOUT", at: 100, attempts: [] },
      ],
      [
        "nobody answers",
        { ipv6: [10, 2], ipv4: [10, 2] },
        700,
        { result: "ETIMEDOUT", at: 700, attempts: ["10 v6.1", "260 v4.1", "510 v6.2"] },
      ],
      [
        "IPv6 comes between the attempts of IPv4",
        { ipv6: [460, 3], ipv4: [10, 3], connects: { "v4.3": 50 } },
        Infinity,
        { result: "v4.3", at: 860, attempts: ["60 v4.1", "310 v4.2", "560 v6.1", "810 v4.3"] },
      ],
      [
        "IPv4 comes between the attempts of IPv6",
        { ipv6: [10, 3], ipv4: [400, 3], connects: { "v6.3": 50 } },
        Infinity,
        { result: "v6.3", at: 810, attempts: ["10 v6.1", "260 v6.2", "510 v4.1", "760 v6.3"] },
      ],
    ];
    for (const [name, script, within, expected] of cases) {
      it(name, async () => {
        expect(await finish(script, within)).to.deep.include(expected);
      });
    }
  });

  it("begins with the next address at once when an attempt fails", async () => {
    const connects = { "v6.1": [1, "ECONNREFUSED"], "v4.1": 5 } as const;
    const script: Script = { ipv6: [10, 1], ipv4: [10, 1], connects };
    expect(await finish(script)).to.deep.include({
      result: "v4.1",
      at: 16,
      attempts: ["10 v6.1", "11 v4.1"],
    });
  });

  it("leaves a slow attempt time to win while others are tried", async () => {
    const connects = { "v6.1": 600, "v4.1": [1, "ECONNREFUSED"] } as const;
    const script: Script = { ipv6: [0, 1], ipv4: [0, 1], connects };
    expect(await finish(script)).to.deep.include({ result: "v6.1", at: 600 });
  });

  it("does not wait for IPv6 once it is known that there is none", async () => {
    for (const answer of [0, "EIO"] as const) {
      const script: Script = { ipv6: [20, answer], ipv4: [10, 1], connects: { "v4.1": 0 } };
      expect(await finish(script)).to.deep.include({ result: "v4.1", at: 20 });
    }
  });

  it("makes no pause before an address that comes after it", async () => {
    const script: Script = { ipv6: [0, 1], ipv4: [400, 1], connects: { "v4.1": 1 } };
    expect(await finish(script)).to.deep.include({ attempts: ["0 v6.1", "400 v4.1"] });
  });

  it("fails with the error of the first address, and all of them behind it", async () => {
    const connects = {
      "v6.1": [400, "EHOSTUNREACH"],
      "v4.1": [1, "ECONNREFUSED"],
      "v6.2": [1, "ENETUNREACH"],
    } as const;
    const { result, at, error } = await finish({ ipv6: [0, 2], ipv4: [0, 1], connects });
    expect([result, at]).to.deep.equal(["EHOSTUNREACH", 400]);
    expect(error).to.include({ syscall: "happy", address: "v6.1" });
    expect(causesOf(error)).to.deep.equal(["EHOSTUNREACH", "ECONNREFUSED", "ENETUNREACH"]);
  });

  it("fails with EADDRNOTAVAIL if there is no address, and at once", async () => {
    const { result, at, error } = await finish({ ipv6: [10, 0], ipv4: [20, 0] });
    expect([result, at]).to.deep.equal(["EADDRNOTAVAIL", 20]);
    expect(error).to.include({ syscall: "happy", address: "name" });
  });

  it("fails with the error of a lookup only if no address was found", async () => {
    const { result, error } = await finish({ ipv6: [10, "EIO"], ipv4: [20, 0] });
    expect(result).to.equal("EIO");
    expect(causesOf(error)).to.deep.equal(["EIO"]);
    const refused = { "v4.1": [0, "ECONNREFUSED"] } as const;
    const other = await finish({ ipv6: [10, "EIO"], ipv4: [20, 1], connects: refused });
    expect(other.result).to.equal("ECONNREFUSED");
  });

  it("with a past deadline gives each address its one look", async () => {
    const connects = { "v6.1": [0, "ECONNREFUSED"], "v4.1": [0, "ECONNREFUSED"] } as const;
    expect(await finish({ ipv6: [0, 1], ipv4: [0, 1], connects }, 0)).to.include({
      result: "ETIMEDOUT",
      at: 0,
    });
  });

  it("closes all sockets but the winner's, also those that connect in the same moment", async () => {
    const connects = { "v6.1": 500, "v4.1": 250, "v6.2": 0 };
    const { result, attempts } = await finish({ ipv6: [0, 2], ipv4: [0, 1], connects });
    expect(attempts.length).to.be.within(2, 3);
    expect(["v6.1", "v4.1", "v6.2"]).to.include(result); // finish() has counted the sockets
  });

  it("closes everything when it is canceled, at any moment", async () => {
    const connects = { "v6.1": [300, "ECONNREFUSED"], "v4.1": 700, "v6.2": 700 } as const;
    const script: Script = { ipv6: [10, 2], ipv4: [70, 1], connects };
    for (let at = 0; at <= 1000; at += 10) {
      await inVirtualTime(function* () {
        const network = new ScriptedNetwork(script, Infinity);
        const codes: string[] = [];
        const b = go(
          (function* (): Coroutine {
            try {
              yield* race(network, { name: "name", deadline: Infinity, syscall: "happy" });
              codes.push("done");
            } catch (error) {
              codes.push(codeOf(error));
            }
          })(),
        );
        yield* msleep(now() + at + 5);
        hclose(b);
        const [code] = codes;
        expect(code, `${at}`).to.equal(at >= 960 ? "done" : "ECANCELED");
        expect(network.open.size, `${at}`).to.equal(code === "done" ? 1 : 0);
      });
    }
  });

  it("keeps its promises in any network", async () => {
    const answer = fc.option(
      fc.tuple(
        fc.integer({ min: 0, max: 300 }),
        fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant("EIO" as const)),
      ),
      { nil: undefined },
    );
    const fate = fc.oneof(
      fc.integer({ min: 0, max: 900 }),
      fc.tuple(fc.integer({ min: 0, max: 900 }), fc.constant("ECONNREFUSED" as const)),
    );
    const names = ["v6.1", "v6.2", "v6.3", "v4.1", "v4.2", "v4.3"];
    const connects = fc.dictionary(fc.constantFrom(...names), fate);
    const within = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.constant(4000));
    await fc.assert(
      fc.asyncProperty(answer, answer, connects, within, async (ipv6, ipv4, fates, deadline) => {
        const script: Script = {
          ...(ipv6 && { ipv6 }),
          ...(ipv4 && { ipv4 }),
          connects: fates,
        };
        const { result, at, attempts } = await finish(script, deadline);
        expect(at).to.be.at.most(deadline);
        if (result === "ETIMEDOUT") expect(at).to.equal(deadline);
        const tried = attempts.map((attempt) => attempt.split(" ")[1] ?? "");
        expect(new Set(tried).size).to.equal(tried.length);
        // Each family's addresses are tried in their order.
        for (const family of ["v6", "v4"]) {
          const own = tried.filter((name) => name.startsWith(family));
          expect(own).to.deep.equal(own.toSorted());
        }
        if (result === "ECONNREFUSED") {
          for (const name of tried) expect(fates[name]).to.be.an("array");
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Runs the race. Only the winner's socket may be open at its end. */
async function finish(script: Script, within = Infinity): Promise<Finish> {
  return inVirtualTime(function* () {
    const start = now();
    const deadline = start + within;
    const network = new ScriptedNetwork(script, deadline);
    let result: string;
    let failure: unknown;
    let open: string[] = [];
    try {
      const s = yield* race(network, { name: "name", deadline, syscall: "happy" });
      result = hquery(s, nameType);
      open = [...network.open];
      expect(open).to.deep.equal([result]);
      hclose(s);
    } catch (error) {
      if (!(error instanceof DillError)) throw error;
      failure = error;
      result = error.code;
    }
    expect(network.open.size).to.equal(0);
    const { attempts, canceled } = network;
    return { result, at: now() - start, attempts, canceled, error: failure };
  });
}

function codeOf(error: unknown): string {
  return error instanceof DillError ? error.code : String(error);
}

/** The codes in the aggregate behind an error. */
function causesOf(error: unknown): string[] {
  const { cause } = error as DillError;
  expect(cause).to.be.instanceOf(AggregateError);
  return (cause as AggregateError).errors.map(codeOf);
}
