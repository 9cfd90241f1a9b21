import { expect } from "chai";
import {
  brecv,
  bsend,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  ipcPair,
  isErrno,
  join,
  now,
} from "libdill-ts";
import {
  httpAttach,
  httpClose,
  httpRecvrequest,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
  type HttpSocket,
} from "libdill-ts/http";
import { carriers } from "../../support/bytestreams.js";
import { overCarriers } from "../../support/carriers.js";
import { codeOf } from "../../support/failure.js";
import { httpPair, httpWith } from "../../support/httpPair.js";
import { itBoth as it, itWith } from "../../support/it.js";
import { slowBytes } from "../../support/slowBytes.js";
import { newGate } from "../../support/gate.js";

const flood = Buffer.alloc(1_048_576, "x");
const answered = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";

/** What is no head, and why. */
const heads: Readonly<Record<string, readonly [string, string]>> = {
  "that is none": ["GET / HTTP/1.1\nHost: x\n\n", "EPROTO"],
  "that is too long": [`GET /${"x".repeat(9000)} HTTP/1.1\r\n\r\n`, "EMSGSIZE"],
};

overCarriers("httpClose", ({ pair }) => {
  for (const [what, [head, code]] of Object.entries(heads)) {
    it(`lets the answer to a head ${what} arrive, while the client still sends`, function* () {
      const [client, s] = yield* pair();
      yield* expectAnswer(client, s, head, code);
    });
  }

  it("says that nothing more follows, waits for the peer's end, and closes", function* () {
    const [client, s] = yield* pair();
    const closing = go(closeIt(httpAttach(s)));
    expect(yield* codeOf(brecv(client, 1, now() + 1000))).to.equal("EPIPE");
    expect(yield* codeOf(join(closing, 0))).to.equal("ETIMEDOUT");
    hclose(client);
    yield* join(closing, now() + 1000);
    hclose(closing);
  });
});

describe("httpClose", () => {
  for (const { name, pair, isReal } of carriers) {
    itWith({ isReal })(`drops what comes behind a head that is none: ${name}`, function* () {
      const [client, s] = yield* pair();
      yield* expectAnswer(client, s, "nonsense\r\n\r\n", "EPROTO");
    });
  }

  it("sends the empty line of a head that was begun", function* () {
    const [s, client] = yield* httpWith("");
    yield* httpSendstatus(s, 200, "OK", -1);
    const closing = go(closeIt(s));
    expect(yield* everything(client)).to.equal("HTTP/1.1 200 OK\r\n\r\n");
    hclose(client);
    yield* join(closing, now() + 1000);
    hclose(closing);
  });

  it("just closes a bytestream that can't be half-closed", function* () {
    const gate = newGate();
    const s = httpAttach(slowBytes(gate, { done: undefined } as never));
    yield* httpClose(s, 0);
    expect(yield* codeOf(httpClose(s, 0))).to.equal("EBADF");
    gate.close();
  });

  it("closes also if the peer's end does not come in time", function* () {
    for (const deadline of [0, now() + 1]) {
      const [s, client] = yield* httpWith("");
      expect(yield* codeOf(httpClose(s, deadline))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(httpClose(s, -1))).to.equal("EBADF");
      hclose(client);
    }
  });

  it("is ECANCELED in a coroutine that is canceled, and closes", function* () {
    const [s, client] = yield* httpPair();
    const codes: string[] = [];
    hclose(
      go(
        (function* () {
          codes.push(yield* codeOf(httpClose(s, -1)));
        })(),
      ),
    );
    expect(codes).to.deep.equal(["ECANCELED"]);
    expect(yield* codeOf(httpClose(s, -1))).to.equal("EBADF");
    expect(yield* codeOf(httpRecvrequest(client, now() + 1000))).to.equal("EPIPE");
    hclose(client);
  });

  it("is ECONNRESET after a send that was cut in the middle", function* () {
    const [s, client] = yield* httpPair();
    const target = "x".repeat(500_000);
    expect(yield* codeOf(httpSendrequest(s, "GET", target, 0))).to.equal("ETIMEDOUT");
    expect(yield* codeOf(httpClose(s, -1))).to.equal("ECONNRESET");
    expect(yield* codeOf(httpClose(s, -1))).to.equal("EBADF");
    hclose(client);
  });

  it("is EBUSY while a coroutine receives, and closes", function* () {
    const [s, client] = yield* httpPair();
    const receiving = go(
      (function* () {
        return yield* codeOf(httpRecvrequest(s, -1));
      })(),
    );
    expect(yield* codeOf(httpClose(s, -1))).to.equal("EBUSY");
    expect(yield* join(receiving, -1)).to.equal("EBADF");
    hclose(receiving);
    hclose(client);
  });

  it("leaves the handle open if the deadline is none, or if it is no HTTP socket", function* () {
    const [a, z] = yield* ipcPair();
    expect(yield* codeOf(httpClose(a as never, -1))).to.equal("ENOTSUP");
    const s = httpAttach(a);
    expect(yield* codeOf(httpClose(s, Number.NaN))).to.equal("EINVAL");
    for (const h of [s, z]) hclose(h);
  });
});

/** The server answers what is no head, and closes; the client has sent its body meanwhile, and reads after that. */
function* expectAnswer(client: Bytestream, s: Bytestream, head: string, code: string): Coroutine {
  const serving = go(answer(httpAttach(s), code));
  yield* bsend(client, Buffer.from(head), -1);
  yield* bsend(client, flood, now() + 4000);
  expect(yield* everything(client)).to.equal(answered);
  hclose(client);
  yield* join(serving, now() + 1000);
  hclose(serving);
}

function* answer(s: HttpSocket, code: string): Coroutine {
  expect(yield* codeOf(httpRecvrequest(s, -1))).to.equal(code);
  yield* httpSendstatus(s, 400, "Bad Request", -1);
  yield* httpSendfield(s, "Connection", "close", -1);
  yield* httpClose(s, now() + 4000);
}

function* closeIt(s: HttpSocket): Coroutine {
  yield* httpClose(s, now() + 4000);
}

function* everything(s: Bytestream): Coroutine<string> {
  const bytes: Buffer[] = [];
  try {
    for (;;) bytes.push(yield* brecv(s, 1, now() + 4000));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
    return String(Buffer.concat(bytes));
  }
}
