// node ours.js <path> <service> <backlog>
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcListen,
  type IpcSocket,
  isErrno,
  main,
} from "libdill-ts";
import { makeReply, requestSize, tellOfGarbage } from "../service.js";

const [path = "", service, backlog] = process.argv.slice(2);

tellOfGarbage();
await main(function* () {
  const ls = yield* ipcListen(path, Number(backlog));
  const b = bundle();
  console.log("ready");
  while (true) bundleGo(b, serve(yield* ipcAccept(ls, -1)));
});

function* serve(s: IpcSocket): Coroutine {
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
