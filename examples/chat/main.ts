// A chat over WebSockets, with its page on the same port. On SIGINT or SIGTERM everybody is told that the server goes away.
// In a clone, run it with: node build/examples/chat/main.js 5555, and open http://localhost:5555/ in two windows.
import {
  bsend,
  type Channel,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  ipaddrLocal,
  isErrno,
  main,
  now,
  serve,
  tcpClose,
  tcpListen,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";
import {
  httpAttach,
  httpDetach,
  type HttpField,
  httpRecvfield,
  httpRecvrequest,
  httpSendfield,
  httpSendstatus,
  type HttpSocket,
} from "libdill-ts/http";
import { wsAttachServer, wsClose, type WsHead, wsRecv, wsSend, type WsSocket } from "libdill-ts/ws";

const port = Number(process.argv[2] ?? 5555);
const patience = 1000;

const page = `<!DOCTYPE html><title>chat</title><form><input autofocus></form><pre></pre><script>
  const s = new WebSocket("ws://" + location.host + "/chat");
  const print = (text) => document.querySelector("pre").append(text + "\\n");
  s.onmessage = ({ data }) => print(data);
  s.onclose = ({ code, reason }) => print("closed: " + code + " " + reason);
  const input = document.querySelector("input");
  document.querySelector("form").onsubmit = () => { s.send(input.value); input.value = ""; return false; };
</script>`;

/** Where what is said goes, for each who is there. */
const people = new Set<Channel<string>>();

function* answerTo(s: TcpSocket): Coroutine {
  const deadline = now() + 5000;
  const http = httpAttach(s);
  let head: WsHead;
  let body: Buffer | undefined;
  try {
    head = yield* receiveHead(http, deadline);
    if (head.resource !== "/chat") body = yield* answer(http, head, deadline);
  } catch (e) {
    hclose(http);
    throw e;
  }
  const bare = yield* httpDetach(http, deadline);
  if (body === undefined) {
    yield* talk(yield* wsAttachServer(bare, { head, maxSize: 10_000, deflate: true }, deadline));
    return;
  }
  try {
    yield* bsend(bare, body, deadline);
  } finally {
    yield* tcpClose(bare, deadline);
  }
}

function* receiveHead(http: HttpSocket, deadline: number): Coroutine<WsHead> {
  const request = yield* httpRecvrequest(http, deadline);
  const fields: HttpField[] = [];
  try {
    for (;;) fields.push(yield* httpRecvfield(http, deadline));
  } catch (e) {
    if (!isErrno(e, "EPIPE")) throw e; // the end of the head
  }
  return { ...request, fields };
}

/** Sends the head of an answer, and returns its body. */
function* answer(http: HttpSocket, head: WsHead, deadline: number): Coroutine<Buffer> {
  const isPage = head.resource === "/" && head.command === "GET";
  const body = Buffer.from(isPage ? page : "there is nothing here\n");
  yield* httpSendstatus(http, isPage ? 200 : 404, isPage ? "OK" : "Not Found", deadline);
  yield* httpSendfield(http, "Content-Type", isPage ? "text/html" : "text/plain", deadline);
  yield* httpSendfield(http, "Content-Length", `${body.length}`, deadline);
  yield* httpSendfield(http, "Connection", "close", deadline);
  return body;
}

function* talk(s: WsSocket<TcpSocket>): Coroutine {
  const [near, far] = chmake<string>();
  const writer = go(write(s, far));
  people.add(near);
  let [status, reason] = [1000, ""];
  try {
    for (;;) {
      const { type, data } = yield* wsRecv(s, -1);
      if (type === "text") for (const each of people) yield* tell(each, data);
    }
  } catch (e) {
    if (isErrno(e, "ECANCELED")) [status, reason] = [1001, "the server goes away"];
    else if (!isErrno(e, "EPIPE", "ECONNRESET", "EPROTO", "EMSGSIZE")) throw e;
  } finally {
    people.delete(near);
    for (const h of [writer, near, far]) hclose(h);
  }
  yield* wsClose(s, status, reason, now() + patience);
}

/** Whoever does not read for a second misses something. */
function* tell(each: Channel<string>, text: string): Coroutine {
  try {
    yield* chsend(each, text, now() + 1000);
  } catch (e) {
    if (!isErrno(e, "ETIMEDOUT", "EPIPE", "EBADF")) throw e;
  }
}

function* write(s: WsSocket, ch: Channel<never, string>): Coroutine {
  try {
    for (;;) yield* wsSend(s, "text", yield* chrecv(ch, -1), now() + 5000);
  } catch (e) {
    if (!isErrno(e)) throw e; // the reader hears of it, too
  }
}

await main(
  function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", port), 511);
    console.log(`listening on ${tcpLocal(ls).port}`);
    try {
      yield* serve(ls, answerTo, {
        onError: (e) => {
          if (!isErrno(e)) console.error("a client failed:", e);
        },
        tellAfter: 0, // everybody hears of the end at once
      });
    } finally {
      hclose(ls);
      console.log("bye");
    }
  },
  { grace: 2 * patience },
);
