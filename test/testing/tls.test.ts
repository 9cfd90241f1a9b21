// TLS is an engine of Node's, which goes on in real time: the clock of a simulation waits for that.
import { expect } from "chai";
import { brecv, bsend, bundleGo, go, hclose, ipcPair, now, scope } from "libdill-ts";
import { simulate } from "libdill-ts/testing";
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
});
