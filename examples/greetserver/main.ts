// The program of libdill's tutorial: a TCP server that asks its clients for their names and greets them, one line each way.
// A coroutine counts the connections, and hears of them through a channel. After three connections the server accepts nobody
// any more, waits ten seconds for the dialogues that are under way, and ends; so it does on SIGINT or SIGTERM.
// In a clone, run it with: node build/examples/greetserver/main.js 5555, and talk to it with: telnet localhost 5555
// Two more arguments are the number of connections, and the milliseconds that the last dialogues get.
import {
  type Bundle,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
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
  mrecv,
  msend,
  now,
  suffixAttach,
  type SuffixSocket,
  tcpAccept,
  tcpListen,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";

const [port = 5555, connections = 3, patience = 10_000] = process.argv.slice(2).map(Number);
const cleanUp = 1000;

type Happening = "CONN_ESTABLISHED" | "CONN_SUCCEEDED" | "CONN_FAILED";

function* statistics(ch: Channel<never, Happening>): Coroutine {
  let [active, succeeded, failed] = [0, 0, 0];
  for (;;) {
    switch (yield* chrecv(ch, -1)) {
      case "CONN_ESTABLISHED":
        active += 1;
        break;
      case "CONN_SUCCEEDED":
        active -= 1;
        succeeded += 1;
        break;
      case "CONN_FAILED":
        active -= 1;
        failed += 1;
        break;
    }
    console.log(`active: ${active}  succeeded: ${succeeded}  failed: ${failed}`);
  }
}

function* greet(s: SuffixSocket<TcpSocket>): Coroutine {
  const deadline = now() + 60_000; // one for the whole dialogue
  yield* msend(s, Buffer.from("What's your name?"), deadline);
  const name = String(yield* mrecv(s, deadline));
  yield* msend(s, Buffer.from(`Hello, ${name}!`), deadline);
}

function* dialogue(bytes: TcpSocket, ch: Channel<Happening, never>): Coroutine {
  const s = suffixAttach(bytes, "\r\n", { maxSize: 256 });
  try {
    yield* chsend(ch, "CONN_ESTABLISHED", -1);
    let end: Happening = "CONN_FAILED";
    try {
      yield* greet(s);
      end = "CONN_SUCCEEDED";
    } catch (e) {
      if (!isErrno(e, "EPIPE", "ECONNRESET", "ETIMEDOUT", "EMSGSIZE")) throw e; // a client's fault is no fault of ours
    } finally {
      yield* chsend(ch, end, -1); // a dialogue that is cut short has failed, too
    }
  } finally {
    hclose(s); // and the connection beneath
  }
}

function* finish(dialogues: Bundle): Coroutine {
  try {
    yield* bundleWait(dialogues, now() + patience);
  } catch (e) {
    if (!isErrno(e, "ETIMEDOUT")) throw e;
  } finally {
    yield* bundleClose(dialogues, now() + cleanUp); // the rest is canceled, and has time to say so
  }
}

await main(
  function* () {
    const ls = yield* tcpListen(ipaddrLocal(null, port), 10);
    const [toStatistics, fromDialogues] = chmake<Happening, never>();
    const counting = go(statistics(fromDialogues));
    const dialogues = bundle({ onError: (error) => console.error("a dialogue failed:", error) });
    console.log(`listening on ${tcpLocal(ls).port}`);
    try {
      for (let i = 0; i < connections; i += 1) {
        bundleGo(dialogues, dialogue(yield* tcpAccept(ls, -1), toStatistics));
      }
    } finally {
      hclose(ls);
      yield* finish(dialogues);
      for (const h of [counting, toStatistics, fromDialogues]) hclose(h);
    }
  },
  { grace: patience + 2 * cleanUp },
);
