// A grace for a whole run, and for a whole program.
import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleClose,
  bundleGo,
  type Coroutine,
  go,
  isErrno,
  msleep,
  now,
  run,
} from "libdill-ts";
import { type Log, nameOf } from "../support/cutShort.js";
import { rejectionOf } from "../support/failure.js";
import { slow } from "../support/graceful.js";
import { it } from "../support/it.js";
import { startFixture } from "../support/process.js";

function abortedIn(milliseconds: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort("why"), milliseconds);
  return controller.signal;
}

describe("run with a grace", () => {
  for (const grace of [NaN, -1, -Infinity, "5", null]) {
    it(`is EINVAL for ${String(grace)}`, async () => {
      const error = await rejectionOf(run(slow([], "main", 1), { grace: grace as never }));
      expect(error).to.include({ code: "EINVAL", syscall: "run" });
    });
  }

  for (const [grace, log] of [
    [0, ["main ECANCELED", "main cut ECANCELED"]],
    [undefined, ["main ECANCELED", "main cut ECANCELED"]],
    [5, ["main ECANCELED", "main cut ECANCELED"]],
    [60_000, ["main ECANCELED", "main done"]],
    [Infinity, ["main ECANCELED", "main done"]],
  ] as const) {
    it(`of ${grace} has main end so`, async () => {
      const seen: Log = [];
      const pause = grace === 5 ? 60_000 : 10;
      const options = { signal: abortedIn(1), grace };
      const error = await rejectionOf(run(slow(seen, "main", pause), options));
      expect(isErrno(error, "ECANCELED")).to.equal(true);
      expect(error).to.include({ cause: "why" });
      expect(seen).to.deep.equal(log);
    });
  }

  it("tells a main coroutine whose signal was aborted before, where it first waits", async () => {
    const seen: Log = [];
    const options = { signal: AbortSignal.abort("why"), grace: 60_000 };
    await rejectionOf(run(slow(seen, "main", 1), options));
    expect(seen).to.deep.equal(["main ECANCELED", "main done"]);
  });

  it("gives it to the main coroutine alone: when that ends, all else is closed without", async () => {
    const seen: Log = [];
    const main = function* (): Coroutine {
      go(slow(seen, "child", 1));
      yield* slow(seen, "main", 1);
    };
    await rejectionOf(run(main(), { signal: abortedIn(1), grace: 60_000 }));
    const child = ["child ECANCELED", "child cut ECANCELED"];
    expect(seen).to.deep.equal(["main ECANCELED", "main done", ...child]);
  });

  it("lets main close its children in good order", async () => {
    const seen: Log = [];
    const main = function* (): Coroutine {
      const b = bundle();
      bundleGo(b, slow(seen, "child", 1));
      try {
        yield* msleep(-1);
      } finally {
        yield* bundleClose(b, now() + 1000);
      }
    };
    await rejectionOf(run(main(), { signal: abortedIn(1), grace: 60_000 }));
    expect(seen).to.deep.equal(["child ECANCELED", "child done"]);
  });

  it("throws what the clean-up throws", async () => {
    const main = function* (): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        yield* msleep(now() + 1);
        yield* fail();
      }
    };
    const error = await rejectionOf(run(main(), { signal: abortedIn(1), grace: 60_000 }));
    expect(nameOf(error)).to.equal("oops");
  });

  it("may return a value in it", async () => {
    const main = function* (): Coroutine<string> {
      try {
        yield* msleep(-1);
      } catch {
        yield* msleep(now() + 1);
      }
      return "value";
    };
    expect(await run(main(), { signal: abortedIn(1), grace: 60_000 })).to.equal("value");
  });
});

describe("main with a grace", () => {
  for (const [signal, status] of [
    ["SIGTERM", 0],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const) {
    it(`lets main clean up after ${signal}, and exits with ${status}`, async () => {
      const child = startFixture("mainGrace", "waits", "60000");
      await child.said("ready");
      child.signal(signal);
      const ended = await child.ended();
      expect(ended.output).to.equal("ready\nECANCELED\ncleaned up\nafter main\n");
      expect(ended.status).to.equal(status);
    });
  }

  it("cancels main when the grace is over", async () => {
    const child = startFixture("mainGrace", "waitsForEver", "30");
    await child.said("ready");
    child.signal("SIGTERM");
    const ended = await child.ended();
    expect(ended.output).to.equal("ready\nECANCELED\nthen ECANCELED\nafter main\n");
    expect(ended.status).to.equal(0);
  });

  it("ends at once with the second signal, also while main waits in its grace", async () => {
    const child = startFixture("mainGrace", "waitsForEver", "Infinity");
    await child.said("ready");
    child.signal("SIGTERM");
    await child.said("ECANCELED");
    child.signal("SIGTERM");
    expect((await child.ended()).status).to.be.oneOf(["SIGTERM", 143]);
  });

  it("ends at once with the second signal, also while a finally computes", async () => {
    const child = startFixture("mainGrace", "computes", "0");
    await child.said("ready");
    child.signal("SIGINT");
    await child.said("computing");
    child.signal("SIGINT");
    expect((await child.ended()).status).to.be.oneOf(["SIGINT", 130]);
  });

  it("exits with the status that the program has set", async () => {
    const child = startFixture("mainGrace", "setsStatus", "1000");
    await child.said("ready");
    child.signal("SIGTERM");
    expect((await child.ended()).status).to.equal(7);
  });

  it("prints what the clean-up throws, and exits with 1", async () => {
    const child = startFixture("mainGrace", "throws", "1000");
    await child.said("ready");
    child.signal("SIGTERM");
    const ended = await child.ended();
    expect(ended.stderr).to.include("clean-up failed");
    expect(ended.status).to.equal(1);
  });

  it("prints EINVAL for a grace that is no duration, and exits with 1", async () => {
    const ended = await startFixture("mainGrace", "waits", "-1").ended();
    expect(ended.stderr).to.include("EINVAL");
    expect(ended.status).to.equal(1);
  });
});

function* fail(): Coroutine<never> {
  throw new Error("oops");
}
