// A request that is served twice. A client that has had no answer in time asks again, on a new connection.
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  type IpcListener,
  type IpcSocket,
  isErrno,
  now,
} from "libdill-ts";
import type { Bug } from "./bug.js";

const path = "/run/tickets.ipc";

interface Office {
  sold: number;
  readonly seen: Set<string>;
}

type Sell = (office: Office, order: string) => void;

/** An order that comes again is sold again. */
function sellBroken(office: Office): void {
  office.sold += 1;
}

/** An order has a number, and the office remembers those that it has served. */
function sellMended(office: Office, order: string): void {
  if (office.seen.has(order)) return;
  office.seen.add(order);
  office.sold += 1;
}

function* serve(ls: IpcListener, office: Office, sell: Sell): Coroutine {
  const clients = bundle();
  try {
    for (;;) bundleGo(clients, answer(yield* ipcAccept(ls, -1), office, sell));
  } finally {
    hclose(clients);
  }
}

function* answer(s: IpcSocket, office: Office, sell: Sell): Coroutine {
  try {
    sell(office, String(yield* brecv(s, 6, -1)));
    yield* bsend(s, Buffer.from("ok"), -1);
  } catch (e) {
    if (!isErrno(e, "EPIPE", "ECONNRESET")) throw e; // the client has gone
  } finally {
    hclose(s);
  }
}

function* buy(order: string): Coroutine {
  for (let attempt = 0; attempt < 5; attempt++) {
    const s = yield* ipcConnect(path, -1);
    try {
      yield* bsend(s, Buffer.from(order), -1);
      yield* brecv(s, 2, now() + 30);
      return;
    } catch (e) {
      if (!isErrno(e, "EPIPE", "ECONNRESET", "ETIMEDOUT")) throw e;
    } finally {
      hclose(s);
    }
  }
}

function* program(sell: Sell): Coroutine {
  const office: Office = { sold: 0, seen: new Set() };
  const ls = yield* ipcListen(path, 511);
  const servers = bundle();
  try {
    bundleGo(servers, serve(ls, office, sell));
    yield* buy("no 001");
    if (office.sold > 1) throw new Error(`one order, and ${office.sold} tickets sold`);
  } finally {
    hclose(servers);
    hclose(ls);
  }
}

export const servedTwice: Bug = {
  name: "A request that is served twice",
  tested: () => program(sellBroken),
  broken: () => program(sellBroken),
  mended: () => program(sellMended),
  options: { network: (_, sim) => ({ latency: sim.between(0, 40) }) },
};
