// TLS is an engine of Node's, which goes on in real time: the clock of a simulation waits for that.
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundleGo,
  type Coroutine,
  go,
  hclose,
  ipaddrLocal,
  ipcPair,
  now,
  scope,
  tcpAccept,
  tcpConnect,
  tcpListen,
} from "libdill-ts";
import { explore, simulate } from "libdill-ts/testing";
import { tlsAttachClient, tlsAttachServer, tlsContext, tlsDetach } from "libdill-ts/tls";
import { serving, trusting } from "../support/tlsPair.js";

describe("TLS in a simulation", () => {
  it("takes none of its time: under the shortest deadlines it attaches, sends and ends", async () => {
    const duration = await simulate(function* () {
      const start = now();
      const soon = start + 1;
      const [near, far] = yield* ipcPair();
      const context = tlsContext(serving());
      const large = Buffer.alloc(300_000, 7);
      yield* scope(function* (b) {
        bundleGo(
          b,
          (function* () {
            const s = yield* tlsAttachServer(far, context, soon);
            yield* bsend(s, yield* brecv(s, large.length, soon), soon);
            hclose(yield* tlsDetach(s, soon));
          })(),
        );
        const c = yield* tlsAttachClient(near, trusting(), soon);
        const sending = go(
          (function* () {
            yield* bsend(c, large, soon);
          })(),
        );
        expect((yield* brecv(c, large.length, soon)).equals(large)).to.equal(true);
        hclose(sending);
        hclose(yield* tlsDetach(c, soon));
      });
      return now() - start;
    });
    expect(duration).to.equal(0);
  });

  it("is explored between two programs, which nobody takes for something real", async () => {
    const addr = ipaddrLocal("10.0.0.1", 7000);
    const context = tlsContext(serving());
    function* server(): Coroutine {
      const ls = yield* tcpListen(addr, 10);
      const s = yield* tlsAttachServer(yield* tcpAccept(ls, -1), context, now() + 1000);
      yield* bsend(s, yield* brecv(s, 1, -1), -1);
      hclose(yield* tlsDetach(s, -1));
      hclose(ls);
    }
    function* client(): Coroutine {
      const s = yield* tlsAttachClient(yield* tcpConnect(addr, -1), trusting(), now() + 1000);
      yield* bsend(s, Buffer.from("x"), -1);
      yield* brecv(s, 1, -1);
      hclose(yield* tlsDetach(s, -1));
    }
    await explore(
      function* (sim) {
        const programs = [sim.start("server", server()), sim.start("client", client())];
        for (const program of programs) yield* program.join(-1);
      },
      { machines: { server: ["10.0.0.1"], client: ["10.0.0.2"] }, schedules: 20 },
    );
  });
});
