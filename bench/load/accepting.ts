// What the servers of ours have in common: a coroutine for each connection.
import {
  bundle,
  bundleGo,
  type Bytestream,
  type Coroutine,
  ipaddrLocal,
  ipaddrPort,
  ipaddrStr,
  ipcAccept,
  ipcListen,
  tcpAccept,
  tcpListen,
  tcpLocal,
} from "libdill-ts";
import type { Order } from "./service.js";

/** Serves until it is canceled, and says where once it is ready. */
export function accepting(order: Order, serve: (s: Bytestream) => Coroutine): Coroutine {
  return order.carrier === "local" ? acceptingLocal(order, serve) : acceptingTcp(order, serve);
}

function* acceptingLocal({ path, backlog }: Order, serve: (s: Bytestream) => Coroutine): Coroutine {
  const ls = yield* ipcListen(path, backlog);
  const b = bundle();
  console.log(path);
  while (true) bundleGo(b, serve(yield* ipcAccept(ls, -1)));
}

function* acceptingTcp({ backlog }: Order, serve: (s: Bytestream) => Coroutine): Coroutine {
  const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), backlog);
  const b = bundle();
  const address = tcpLocal(ls);
  console.log(`${ipaddrStr(address)}:${ipaddrPort(address)}`);
  while (true) bundleGo(b, serve(yield* tcpAccept(ls, -1)));
}
