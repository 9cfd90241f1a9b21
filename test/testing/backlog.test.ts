// The backlog of a simulated listener.
import { expect } from "chai";
import {
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  ipaddrLocal,
  tcpAccept,
  tcpConnect,
  tcpListen,
} from "libdill-ts";
import { simulate } from "libdill-ts/testing";

describe("A simulated listener of TCP", () => {
  it("lets those whom its backlog has no room for come in one after the other", async () => {
    let accepted = 0;
    await simulate(function* () {
      const addr = ipaddrLocal("127.0.0.1", 80);
      const ls = yield* tcpListen(addr, 1);
      const clients = bundle();
      for (let i = 0; i < 6; i++) bundleGo(clients, visit());
      for (; accepted < 6; accepted++) hclose(yield* tcpAccept(ls, -1));
      yield* bundleWait(clients, -1);
      hclose(clients);
      hclose(ls);

      function* visit(): Coroutine {
        hclose(yield* tcpConnect(addr, -1));
      }
    });
    expect(accepted).to.equal(6);
  });
});
