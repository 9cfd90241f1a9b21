// node ours.js <carrier> <path> <service> <backlog>
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  type Bytestream,
  type Coroutine,
  hclose,
  ipaddrLocal,
  ipaddrPort,
  ipaddrStr,
  ipcAccept,
  ipcListen,
  isErrno,
  main,
  tcpAccept,
  tcpListen,
  tcpLocal,
} from "libdill-ts";
import { makeReply, readOrder, requestSize, tellOfGarbage } from "../service.js";

const { carrier, path, service, backlog } = readOrder();

tellOfGarbage();
await main(carrier === "local" ? serveLocal : serveTcp);

function* serveLocal(): Coroutine {
  const ls = yield* ipcListen(path, backlog);
  const b = bundle();
  console.log(path);
  while (true) bundleGo(b, serve(yield* ipcAccept(ls, -1)));
}

function* serveTcp(): Coroutine {
  const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), backlog);
  const b = bundle();
  const address = tcpLocal(ls);
  console.log(`${ipaddrStr(address)}:${ipaddrPort(address)}`);
  while (true) bundleGo(b, serve(yield* tcpAccept(ls, -1)));
}

function* serve(s: Bytestream): Coroutine {
  try {
    const request = Buffer.alloc(requestSize);
    while (true) {
      yield* brecv(s, request, -1);
      yield* bsend(s, service === "echo" ? request : makeReply(request), -1);
    }
  } catch (e) {
    if (!isErrno(e, "EPIPE", "ECONNRESET")) throw e;
  } finally {
    hclose(s);
  }
}
