// To look changes nothing: random programs of sockets and protocols do the same, line by line, whether somebody looks at every step or
// nobody does.
import fc from "fast-check";
import { describe, it } from "mocha";
import { snapshot } from "libdill-ts";
import { expect } from "chai";
import { programs } from "../soak/network/arbitrary.js";
import { play } from "../soak/network/play.js";
import { printProgram, type Program } from "../soak/network/program.js";
import { Trace, walk } from "../support/walk.js";

/** Looks at all coroutines whenever something happens. */
class Looking extends Trace {
  looks = 0;

  override begins(...begun: Parameters<Trace["begins"]>): void {
    super.begins(...begun);
    this.lookAround();
  }

  override event(what: string): void {
    super.event(what);
    this.lookAround();
  }

  private lookAround(): void {
    this.looks += snapshot().coroutines.filter(({ at }) => at !== undefined).length;
  }
}

describe("Random programs on the simulated network", () => {
  it("do the same, line by line, when somebody looks at each step", async function () {
    this.timeout(60_000);
    let looks = 0;
    const trials = fc.record({
      program: programs(["pair", "ipc", "tcp"]),
      seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    });
    await fc.assert(
      fc.asyncProperty(trials, async ({ program, seed }) => {
        const looking = new Looking();
        const seen = await linesOf(program, seed, looking);
        expect(seen, printProgram(program)).to.deep.equal(
          await linesOf(program, seed, new Trace()),
        );
        looks += looking.looks;
      }),
      { numRuns: 40 },
    );
    expect(looks).to.be.above(200);
  });
});

async function linesOf(program: Program, seed: number, trace: Trace): Promise<readonly string[]> {
  const options = { outside: "forbid", network: () => program.wire } as const;
  await walk(() => play(program), seed, options, trace);
  return trace.plain();
}
