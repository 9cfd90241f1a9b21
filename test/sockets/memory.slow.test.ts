import { expect } from "chai";
import type { Coroutine } from "libdill-ts";
import { it } from "../support/it.js";
import { type OtherProcess, startFixture, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

const gigabytes = 10;
/** Both processes breathe, with garbage that is not collected yet; one byte kept of a hundred would be more. */
const most = 64 << 20;

type Memory = Record<"rss" | "heapUsed" | "external", number>;

describe("a connection's memory", () => {
  afterEach(stopProcesses);

  it("stays flat on both sides over 10 GiB", function* (this: Mocha.Context) {
    this.timeout(240_000);
    const path = socketPath();
    const receiver = startFixture("stream", "receive", path, String(gigabytes));
    expect(yield* until(receiver.line())).to.equal("ready");
    const sender = startFixture("stream", "send", path, String(gigabytes));
    for (const peer of [receiver, sender]) {
      const [first, ...later] = yield* reports(peer);
      expect(later).to.have.length(gigabytes - 1);
      for (const what of ["rss", "heapUsed", "external"] as const) {
        const growth = Math.max(...later.map((memory) => memory[what])) - (first?.[what] ?? 0);
        expect(growth, what).to.be.below(most);
      }
    }
  });
});

function* reports(peer: OtherProcess): Coroutine<Memory[]> {
  const all: Memory[] = [];
  for (;;) {
    const line = yield* until(peer.line());
    if (line === undefined) return all;
    all.push(JSON.parse(line) as Memory);
  }
}
