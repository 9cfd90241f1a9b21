import { expect } from "chai";
import {
  brecv,
  bsend,
  type Coroutine,
  hclose,
  ipaddrRemote,
  ipcPair,
  msleep,
  now,
  run,
  tcpListen,
  udpOpen,
} from "libdill-ts";
import { type Body, simulate } from "libdill-ts/testing";
import { codeOrNone } from "../support/failure.js";
import { it as plain } from "../support/it.js";

/** What the real kernel does, and the simulated one in the same way. */
function it(title: string, program: () => Coroutine<unknown>, expected: unknown): void {
  plain(title, async () => {
    expect(await run(program())).to.deep.equal(expected, "the real kernel");
    expect(await simulate(program)).to.deep.equal(expected, "the simulated one");
  });
}

describe("the simulated kernel", () => {
  it(
    "tells a sender ECONNRESET whose peer has gone, and a receiver EPIPE",
    function* () {
      const [a, b] = yield* ipcPair();
      hclose(b);
      yield* msleep(now() + 5);
      const codes = [
        yield* codeOrNone(bsend(a, Buffer.from("x"), -1)),
        yield* codeOrNone(brecv(a, 1, -1)),
      ];
      hclose(a);
      return codes;
    },
    ["ECONNRESET", "EPIPE"],
  );

  it(
    "has no address that nobody has given it",
    function* () {
      const at = yield* ipaddrRemote("203.0.113.7", 0, 0, -1);
      return [yield* codeOrNone(tcpListen(at, 1)), yield* codeOrNone(udpOpen(at, null))];
    },
    ["EADDRNOTAVAIL", "EADDRNOTAVAIL"],
  );

  plain("has the addresses of its names", async () => {
    const body: Body<void> = function* () {
      hclose(yield* tcpListen(yield* ipaddrRemote("app", 80, 0, -1), 1));
    };
    await simulate(body, { names: { app: ["203.0.113.7"] } });
  });
});
