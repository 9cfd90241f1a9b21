import { expect } from "chai";
import { brecv, bsend, chmake, go, hclose, ipcPair, type IpcSocket, msleep } from "libdill-ts";
import { httpAttach, type HttpLimits, httpRecvfield, httpRecvrequest } from "libdill-ts/http";
import { codeOf, codeOfCall } from "../../support/failure.js";
import { itBoth as it } from "../../support/it.js";

describe("httpAttach", () => {
  it("takes the socket over, and sends nothing", function* () {
    const [a, z] = yield* ipcPair();
    hclose(httpAttach(a));
    expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EBADF");
    expect(yield* codeOf(brecv(z, 1, -1))).to.equal("EPIPE");
  });

  it("is EBADF for a handle that is not open", function* () {
    const [a] = yield* ipcPair();
    hclose(a);
    expect(codeOfCall(() => httpAttach(a))).to.equal("EBADF");
  });

  it("is ENOTSUP for a handle that is no bytestream, and closes it", function* () {
    const [channel] = chmake();
    expect(codeOfCall(() => httpAttach(channel as never))).to.equal("ENOTSUP");
    expect(codeOfCall(() => hclose(channel))).to.equal("EBADF");
  });

  it("is ENOTSUP for an HTTP socket: heads carry no heads", function* () {
    const [a] = yield* ipcPair();
    const s = httpAttach(a);
    expect(codeOfCall(() => httpAttach(s as never))).to.equal("ENOTSUP");
    expect(codeOfCall(() => hclose(s))).to.equal("EBADF");
  });

  it("is EBUSY while a coroutine uses the socket, and closes it", function* () {
    const [a] = yield* ipcPair();
    const user = go(expectCode(a));
    expect(codeOfCall(() => httpAttach(a))).to.equal("EBUSY");
    hclose(user);

    function* expectCode(s: IpcSocket) {
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EBADF");
    }
  });

  it("is ECANCELED in a canceled coroutine, and closes the socket", function* () {
    const [a, z] = yield* ipcPair();
    let code = "";
    const h = go(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          code = codeOfCall(() => httpAttach(a));
        }
      })(),
    );
    hclose(h);
    expect(code).to.equal("ECANCELED");
    expect(yield* codeOf(brecv(z, 1, -1))).to.equal("EPIPE");
  });

  const wrong: readonly unknown[] = [0, -1, 1.5, NaN, Infinity, "100", null];
  for (const limit of wrong) {
    for (const name of ["maxLine", "maxHead"]) {
      it(`is EINVAL for a ${name} of ${JSON.stringify(limit)}, and closes the socket`, function* () {
        const [a, z] = yield* ipcPair();
        const limits = { [name]: limit } as HttpLimits;
        expect(codeOfCall(() => httpAttach(a, limits))).to.equal("EINVAL");
        expect(yield* codeOf(brecv(z, 1, -1))).to.equal("EPIPE");
      });
    }
  }

  it("sets limits for what is received", function* () {
    const [a, z] = yield* ipcPair();
    const s = httpAttach(z, { maxLine: 14, maxHead: 20 });
    yield* bsend(a, Buffer.from("GET / HTTP/1.1\r\na:b\r\n"), -1);
    expect((yield* httpRecvrequest(s, -1)).command).to.equal("GET");
    expect(yield* codeOf(httpRecvfield(s, -1))).to.equal("EMSGSIZE");
  });

  it("takes lines of 8 KiB and heads of 64 KiB if nothing is said", function* () {
    const [a, z] = yield* ipcPair();
    const s = httpAttach(z);
    const line = `a:${"x".repeat(8190)}\r\n`;
    const start = "GET / HTTP/1.1\r\n";
    const rest = 65536 - start.length - 7 * line.length;
    const last = `a:${"x".repeat(rest - 6)}\r\n`;
    const sender = go(
      (function* () {
        yield* bsend(a, Buffer.from(`${start}${line.repeat(7)}${last}\r\n${start}a:${line}`), -1);
      })(),
    );
    yield* httpRecvrequest(s, -1);
    for (let i = 0; i < 7; i++) {
      expect((yield* httpRecvfield(s, -1)).value).to.have.length(8190);
    }
    expect((yield* httpRecvfield(s, -1)).value).to.have.length(rest - 6);
    expect(yield* codeOf(httpRecvfield(s, -1))).to.equal("EPIPE");
    yield* httpRecvrequest(s, -1);
    expect(yield* codeOf(httpRecvfield(s, -1))).to.equal("EMSGSIZE");
    hclose(sender);
  });
});
