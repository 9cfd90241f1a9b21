import { expect } from "chai";
import { afterEach, describe } from "mocha";
import {
  bundle,
  bundleGo,
  choose,
  type Coroutine,
  hclose,
  msleep,
  now,
  type Operation,
  until,
} from "libdill-ts";
import { nameOf } from "../support/cutShort.js";
import { thrownBy } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";
import { type OtherProcess, startFixture } from "../support/process.js";

const programs: OtherProcess[] = [];

describe("a canceled coroutine that catches all, in a loop that begins with a plain function, is ended", () => {
  afterEach(() => {
    for (const program of programs.splice(0)) void program.kill();
  });

  for (const name of ["bundle", "chmake", "go", "hmake", "bundleGo"]) {
    it(name, async () => {
      const program = startFixture("swallowing", name);
      programs.push(program);
      const timer = setTimeout(() => void program.kill(), 1500);
      const { status, stdout } = await program.ended();
      clearTimeout(timer);
      expect(stdout).to.equal("EDEADLK\n");
      expect(status).to.equal(0);
    });
  }
});

/** Operations that wait for a promise. */
const awaiting: Readonly<Record<string, (promise: Promise<never>) => Operation<unknown>>> = {
  until: (promise) => until(promise, -1),
  choose: (promise) => choose([{ op: "until", promise }], -1),
};

describe("a canceled coroutine that waits for rejected promises and catches all, until it is ended", () => {
  for (const [name, wait] of Object.entries(awaiting)) {
    it(`leaves no rejection unhandled: ${name}`, function* () {
      const rejections: unknown[] = [];
      const note = (reason: unknown): void => void rejections.push(reason);
      process.on("unhandledRejection", note);
      const b = bundle();
      bundleGo(b, swallow());
      expect(nameOf(thrownBy(() => hclose(b)))).to.equal("EDEADLK");
      yield* msleep(now() + 5);
      process.off("unhandledRejection", note);
      expect(rejections).to.deep.equal([]);

      function* swallow(): Coroutine {
        try {
          yield* msleep(-1);
        } finally {
          for (;;) {
            try {
              yield* wait(Promise.reject(new Error("rejected")));
            } catch {
              // And on it goes.
            }
          }
        }
      }
    });
  }
});
