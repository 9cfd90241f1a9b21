// A listener that is handed over to a successor, and what becomes of the clients.
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  ipcListenerFromfd,
  type IpcListener,
  ipcPair,
  type Listener,
  now,
  serve,
  tcpListenerFromfd,
  type TcpListener,
  yieldNow,
} from "libdill-ts";
import { fileno, ipcKeepfile, ipcRecvfd, ipcSendfd } from "libdill-ts/native";
import { type Carrier, overCarriers } from "../support/carriers.js";
import { openDescriptors } from "../support/descriptors.js";
import { it } from "../support/it.js";

overCarriers("a listener that is handed over", (carrier) => {
  it("refuses nobody whom its process has taken and not accepted", function* () {
    const { ls, connect } = yield* carrier.listen();
    const before = openDescriptors().length;
    const clients: Bytestream[] = [];
    for (let i = 0; i < 10; i++) clients.push(yield* connect(-1));
    while (openDescriptors().length < before + 20) yield* yieldNow();
    const next = yield* handOver(carrier, ls as IpcListener | TcpListener);
    const old = start(ls as Listener<Bytestream>, "old");
    yield* carrier.done(ls, -1);
    for (const s of clients) {
      expect(String(yield* brecv(s, 3, now() + 5000))).to.equal("old");
      hclose(s);
    }
    yield* bundleWait(old, -1);
    for (const h of [old, ls, next]) hclose(h);
  });

  it("refuses nobody while one server after the other takes over under a stream of clients", function* () {
    let { ls, connect } = yield* carrier.listen(511);
    let server = start(ls as Listener<Bytestream>, "one");
    let served = 0;
    let isOver = false;
    const clients = bundle();
    for (let i = 0; i < 8; i++) bundleGo(clients, visitOn());
    for (let restart = 0; restart < 10; restart++) {
      const next = yield* handOver(carrier, ls as IpcListener | TcpListener);
      const successor = start(next, "one");
      yield* carrier.done(ls, -1);
      yield* bundleWait(server, -1);
      for (const h of [server, ls]) hclose(h);
      [ls, server] = [next, successor];
      const before = served;
      while (served < before + 8) yield* yieldNow();
    }
    isOver = true;
    yield* bundleWait(clients, -1);
    for (const h of [clients, server, ls]) hclose(h);

    /** Whoever is refused, or gets no answer, fails the test. */
    function* visitOn(): Coroutine {
      while (!isOver) {
        const s = yield* connect(-1);
        expect(String(yield* brecv(s, 3, now() + 5000))).to.equal("one");
        hclose(s);
        served += 1;
      }
    }
  });
});

/** A second listener for the same socket of the kernel's. */
function* handOver(carrier: Carrier, ls: IpcListener | TcpListener) {
  const [a, b] = yield* ipcPair();
  yield* ipcSendfd(a, fileno(ls), -1);
  const fd = yield* ipcRecvfd(b, -1);
  for (const s of [a, b]) hclose(s);
  if (carrier.name === "tcp") return yield* tcpListenerFromfd(fd);
  ipcKeepfile(ls as IpcListener);
  return yield* ipcListenerFromfd(fd);
}

function start(ls: Listener<Bytestream>, answer: string) {
  return go(
    (function* () {
      yield* serve(ls, function* (s) {
        yield* bsend(s, Buffer.from(answer), -1);
      });
    })(),
  );
}
