// node oursWs.js <carrier> <path> wsEcho <backlog>
import { type Bytestream, type Coroutine, hclose, isErrno, main } from "libdill-ts";
import { wsAttachServer, wsRecv, wsSend } from "libdill-ts/ws";
import { accepting } from "../accepting.js";
import { readOrder, tellOfGarbage } from "../service.js";

tellOfGarbage();
await main(() => accepting(readOrder(), serve));

function* serve(bare: Bytestream): Coroutine {
  const s = yield* wsAttachServer(bare, {}, -1);
  try {
    while (true) {
      const { type, data } = yield* wsRecv(s, -1);
      yield* type === "text" ? wsSend(s, type, data, -1) : wsSend(s, type, data, -1);
    }
  } catch (e) {
    if (!isErrno(e, "EPIPE", "ECONNRESET")) throw e;
  } finally {
    hclose(s);
  }
}
