// What a server of ours does with its connections.
import {
  brecv,
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  type Bytestream,
  type Coroutine,
  hclose,
  ipcAccept,
  type IpcListener,
  isErrno,
} from "libdill-ts";
import { messageSize, sendSize, type Service } from "../serverProcess.js";

/** Serves until it is canceled. */
export function* serve(ls: IpcListener, service: Service): Coroutine {
  const b = bundle();
  try {
    while (true) {
      const s = yield* ipcAccept(ls, -1);
      if (service === "close") hclose(s);
      else bundleGo(b, dialogue(s, service));
    }
  } finally {
    hclose(b);
  }
}

/** One connection. */
export function* dialogue(s: Bytestream, service: "echo" | "sink"): Coroutine {
  let total = 0;
  try {
    if (service === "echo") {
      const message = Buffer.alloc(messageSize);
      while (true) yield* bsend(s, yield* brecv(s, message, -1), -1);
    }
    const buffer = Buffer.alloc(sendSize);
    while (true) total += (yield* brecvSome(s, buffer, -1)).length;
  } catch (e) {
    if (!isErrno(e, "EPIPE")) throw e;
    if (service === "sink") yield* bsend(s, totalMessage(total), -1);
  } finally {
    hclose(s);
  }
}

function totalMessage(total: number): Buffer {
  const message = Buffer.alloc(8);
  message.writeDoubleLE(total);
  return message;
}
