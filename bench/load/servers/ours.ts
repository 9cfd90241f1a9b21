// node ours.js <carrier> <path> <service> <backlog>
import { brecv, bsend, type Bytestream, type Coroutine, hclose, isErrno, main } from "libdill-ts";
import { accepting } from "../accepting.js";
import { makeReply, readOrder, requestSize, tellOfGarbage } from "../service.js";

const order = readOrder();

tellOfGarbage();
await main(() => accepting(order, serve));

function* serve(s: Bytestream): Coroutine {
  try {
    const request = Buffer.alloc(requestSize);
    while (true) {
      yield* brecv(s, request, -1);
      yield* bsend(s, order.service === "echo" ? request : makeReply(request), -1);
    }
  } catch (e) {
    if (!isErrno(e, "EPIPE", "ECONNRESET")) throw e;
  } finally {
    hclose(s);
  }
}
