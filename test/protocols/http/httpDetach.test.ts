import { expect } from "chai";
import {
  brecv,
  bsend,
  type Coroutine,
  go,
  hclose,
  type IpcSocket,
  ipcPair,
  isErrno,
  msleep,
  now,
} from "libdill-ts";
import {
  httpAttach,
  httpDetach,
  httpDone,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
} from "libdill-ts/http";
import { codeOf, failureOf } from "../../support/failure.js";
import { httpPair, httpWith, longText } from "../../support/httpPair.js";
import { itBoth as it } from "../../support/it.js";

describe("httpDetach", () => {
  it("returns the bytestream under a new handle", function* () {
    const [a, z] = yield* ipcPair();
    const s = httpAttach(a);
    const stream = yield* httpDetach(s, 0);
    expect([a, s]).not.to.include(stream);
    expect(yield* codeOf(httpDetach(s, -1))).to.equal("EBADF");
    yield* bsend(stream, Buffer.from("x"), -1);
    expect(String(yield* brecv(z, 1, -1))).to.equal("x");
  });

  it("returns it at the first byte after the head", function* () {
    const [s] = yield* httpWith("POST / HTTP/1.1\r\na: b\r\n\r\n\r\nbody");
    yield* httpRecvrequest(s, -1);
    yield* httpRecvfield(s, -1);
    expect(yield* codeOf(httpRecvfield(s, -1))).to.equal("EPIPE");
    expect(String(yield* brecv(yield* httpDetach(s, 0), 6, -1))).to.equal("\r\nbody");
  });

  it("lets a server receive a body between the heads, again and again", function* () {
    const [client, server] = yield* ipcPair();
    const serving = go(
      (function* () {
        let s = server;
        for (let i = 0; i < 3; i++) {
          const asked = httpAttach(s);
          const { resource } = yield* httpRecvrequest(asked, -1);
          const length = Number((yield* httpRecvfield(asked, -1)).value);
          s = yield* httpDetach(asked, -1);
          const body = yield* brecv(s, length, -1);
          const answer = httpAttach(s);
          yield* httpSendstatus(answer, 200, `${resource} ${String(body)}`, -1);
          s = yield* httpDetach(answer, -1);
        }
      })(),
    );
    let s: IpcSocket = client;
    for (const body of ["one", "", "three"]) {
      const asking = httpAttach(s);
      yield* httpSendrequest(asking, "PUT", "/", -1);
      yield* httpSendfield(asking, "Content-Length", String(body.length), -1);
      s = yield* httpDetach(asking, -1);
      yield* bsend(s, Buffer.from(body), -1);
      const answered = httpAttach(s);
      expect((yield* httpRecvstatus(answered, now() + 1000)).reason).to.equal(`/ ${body}`);
      s = yield* httpDetach(answered, now() + 1000);
    }
    hclose(serving);
    hclose(s);
  });

  it("sends the empty line of a head that was begun, once", function* () {
    const [a, z] = yield* ipcPair();
    const s = httpAttach(a);
    yield* httpSendrequest(s, "GET", "/", -1);
    const stream = yield* httpDetach(s, -1);
    yield* bsend(stream, Buffer.from("|"), -1);
    const again = httpAttach(stream);
    yield* httpSendstatus(again, 200, "OK", -1);
    yield* httpDone(again, -1);
    yield* bsend(yield* httpDetach(again, -1), Buffer.from("|"), -1);
    const expected = "GET / HTTP/1.1\r\n\r\n|HTTP/1.1 200 OK\r\n\r\n|";
    expect(String(yield* brecv(z, expected.length, -1))).to.equal(expected);
  });

  it("drops the rest of a head whose first line was received, also if it has to wait for it", function* () {
    const [s, peer] = yield* httpWith("GET / HTTP/1.1\r\na: b\r\n");
    yield* httpRecvrequest(s, -1);
    const sending = go(
      (function* () {
        yield* msleep(now() + 1);
        yield* bsend(peer, Buffer.from("c: d\r\n\r\nbody"), -1);
      })(),
    );
    expect(String(yield* brecv(yield* httpDetach(s, -1), 4, -1))).to.equal("body");
    hclose(sending);
  });

  it("gives back a head whose first line was not received, as it came", function* () {
    const [s, peer] = yield* httpWith("GET / HT\xffTP");
    expect(yield* codeOf(httpRecvrequest(s, 0))).to.equal("ETIMEDOUT");
    yield* bsend(peer, Buffer.from("/1.1\r"), -1);
    expect(yield* codeOf(httpRecvrequest(s, now() + 1))).to.equal("ETIMEDOUT");
    yield* bsend(peer, Buffer.from("\n"), -1);
    const stream = yield* httpDetach(s, 0);
    const text = (yield* brecv(stream, 17, -1)).toString("latin1");
    expect(text).to.equal("GET / HT\xffTP/1.1\r\n");
  });

  it("is ETIMEDOUT if the rest of the head does not come, and closes all", function* () {
    for (const deadline of [0, now() + 1]) {
      const [s, peer] = yield* httpWith("GET / HTTP/1.1\r\na: b");
      yield* httpRecvrequest(s, -1);
      const error = yield* failureOf(httpDetach(s, deadline));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "http_detach" });
      expect(yield* codeOf(httpDetach(s, -1))).to.equal("EBADF");
      yield* expectClosed(peer);
    }
  });

  it("is ECANCELED in a canceled coroutine that would have to wait, and closes all", function* () {
    const [s, peer] = yield* httpWith("GET / HTTP/1.1\r\na: b");
    yield* httpRecvrequest(s, -1);
    const codes: string[] = [];
    const h = go(
      (function* () {
        codes.push(yield* codeOf(httpDetach(s, -1)));
      })(),
    );
    hclose(h);
    expect(codes).to.deep.equal(["ECANCELED"]);
    yield* expectClosed(peer);
  });

  it("works in a canceled coroutine that need not wait", function* () {
    const [s] = yield* httpWith("GET / HTTP/1.1\r\na: b\r\n\r\nbody");
    yield* httpRecvrequest(s, -1);
    let text = "";
    const h = go(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          text = String(yield* brecv(yield* httpDetach(s, -1), 4, -1));
        }
      })(),
    );
    hclose(h);
    expect(text).to.equal("body");
  });

  const broken: Readonly<Record<string, string>> = {
    EPROTO: "a b: c\r\n\r\n",
    EMSGSIZE: `a: ${"x".repeat(9000)}\r\n\r\n`,
  };
  for (const [code, rest] of Object.entries(broken)) {
    it(`is ${code} if that is what the rest of the head is, and closes all`, function* () {
      const [s, peer] = yield* httpWith(`GET / HTTP/1.1\r\n${rest}`);
      yield* httpRecvrequest(s, -1);
      expect(yield* codeOf(httpDetach(s, -1))).to.equal(code);
      yield* expectClosed(peer);
    });

    it(`is ECONNRESET after a receive that was ${code}, and closes all`, function* () {
      const [s, peer] = yield* httpWith(`GET / HTTP/1.1\r\n${rest}`);
      yield* httpRecvrequest(s, -1);
      expect(yield* codeOf(httpRecvfield(s, -1))).to.equal(code);
      expect(yield* codeOf(httpDetach(s, -1))).to.equal("ECONNRESET");
      yield* expectClosed(peer);
    });
  }

  it("is ECONNRESET if the stream ends inside the head", function* () {
    const [s] = yield* httpWith("GET / HTTP/1.1\r\na: b\r\n", true);
    yield* httpRecvrequest(s, -1);
    expect(yield* codeOf(httpDetach(s, -1))).to.equal("ECONNRESET");
  });

  it("is ECONNRESET after a send that was cut off, and closes all", function* () {
    const [s, peer] = yield* httpWith("");
    expect(yield* codeOf(httpSendrequest(s, "GET", longText, now() + 1))).to.equal("ETIMEDOUT");
    expect(yield* codeOf(httpDetach(s, -1))).to.equal("ECONNRESET");
    hclose(peer);
  });

  it("is EBUSY while a coroutine receives or sends, and closes all", function* () {
    for (const operation of ["receive", "send"]) {
      const [s, peer] = yield* httpWith("");
      const codes: string[] = [];
      const user = go(
        (function* () {
          const waits =
            operation === "receive"
              ? httpRecvrequest(s, -1)
              : httpSendrequest(s, "GET", longText, -1);
          codes.push(yield* codeOf(waits));
        })(),
      );
      expect(yield* codeOf(httpDetach(s, -1))).to.equal("EBUSY");
      yield;
      expect(codes).to.deep.equal(["EBADF"]);
      hclose(user);
      hclose(peer);
    }
  });

  it("is EINVAL with a deadline that is none, and closes all", function* () {
    const [s, peer] = yield* httpWith("");
    expect(yield* codeOf(httpDetach(s, NaN))).to.equal("EINVAL");
    yield* expectClosed(peer);
  });

  it("is ENOTSUP for another handle, which stays as it was", function* () {
    const [a, z] = yield* ipcPair();
    expect(yield* codeOf(httpDetach(a as never, -1))).to.equal("ENOTSUP");
    yield* bsend(a, Buffer.from("x"), -1);
    yield* brecv(z, 1, -1);
  });

  it("is not needed: hclose closes all beneath, without a word", function* () {
    const [client, server] = yield* httpPair();
    yield* httpSendrequest(client, "GET", "/", -1);
    hclose(client);
    yield* httpRecvrequest(server, -1);
    expect(yield* codeOf(httpRecvfield(server, -1))).to.equal("ECONNRESET");
  });
});

/** The peer's end, or a reset, has come. */
function* expectClosed(peer: IpcSocket): Coroutine {
  const error = yield* failureOf(brecv(peer, 1, now() + 1000));
  expect(isErrno(error, "EPIPE", "ECONNRESET"), error.message).to.equal(true);
}
