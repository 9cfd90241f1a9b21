import { mkdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { chmake, chrecv, type Coroutine, go, hclose, isErrno, join } from "libdill-ts";
import { dillError } from "libdill-ts/impl";
import { codeOf, thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

describe("isErrno", () => {
  it("is true for an error of ours with one of the codes", function* () {
    const error = yield* timeout();
    expect(isErrno(error, "ETIMEDOUT")).to.equal(true);
    expect(isErrno(error, "EPIPE", "ETIMEDOUT")).to.equal(true);
  });

  it("is false for an error of ours with another code", function* () {
    const error = yield* timeout();
    expect(isErrno(error, "EPIPE")).to.equal(false);
    expect(isErrno(error, "EPIPE", "ECANCELED")).to.equal(false);
  });

  it("without codes is true for every error of ours", function* () {
    expect(isErrno(yield* timeout())).to.equal(true);
  });

  it("is true for Node's own system errors", () => {
    const error = thrownBy(() => readFileSync("/no/such/file"));
    expect(isErrno(error, "EACCES", "ENOENT")).to.equal(true);
    expect(isErrno(error)).to.equal(true);
    expect(isErrno(error, "EACCES")).to.equal(false);
  });

  it("takes codes that only Node's errors have", () => {
    const error = thrownBy(() => mkdirSync("/"));
    expect(isErrno(error, "EEXIST")).to.equal(true);
    expect(isErrno(error, "ENOSPC")).to.equal(false);
    expect(
      isErrno(
        thrownBy(() => new URL("x")),
        "ERR_INVALID_URL",
      ),
    ).to.equal(true);
  });

  it("is true for an aggregate in which every error is such, whatever its own code says", () => {
    const reset = dillError("ECONNRESET", "brecv");
    const end = dillError("EPIPE", "bsend");
    const both = new AggregateError([reset, new AggregateError([end, reset])]);
    expect(isErrno(both, "EPIPE", "ECONNRESET")).to.equal(true);
    expect(isErrno(both, "EPIPE")).to.equal(false);
    const other = Object.assign(new AggregateError([reset, new Error("no code")]), {
      code: "ECONNRESET",
    });
    expect(isErrno(other, "ECONNRESET")).to.equal(false);
    expect(isErrno(new AggregateError([]), "ECONNRESET")).to.equal(false);
  });

  it("is true for a SuppressedError whose two errors are such", () => {
    const suppressed = Object.assign(new Error("suppressed"), {
      name: "SuppressedError",
      error: dillError("ECONNRESET", "brecv"),
      suppressed: dillError("EPIPE", "bsend"),
    });
    expect(isErrno(suppressed, "EPIPE", "ECONNRESET")).to.equal(true);
    expect(isErrno(suppressed, "EPIPE")).to.equal(false);
  });

  it("is false for what does not want to be looked at", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(isErrno(proxy, "ENOENT")).to.equal(false);
  });

  it("is false for whatever else may be thrown", () => {
    for (const value of [new Error("ETIMEDOUT"), { code: "ENOENT" }, "ENOENT", undefined, null]) {
      expect(isErrno(value, "ENOENT")).to.equal(false);
      expect(isErrno(value)).to.equal(false);
    }
  });

  it("narrows a deadline to an answer, and lets the rest through", function* () {
    const [, b] = chmake<number>();
    expect(yield* answerOf(chrecv(b, 0))).to.equal("too late");
    hclose(b);
    expect(yield* codeOf(chrecv(b, 0))).to.equal("EBADF");
    const h = go(answerOf(chrecv(b, 0)));
    let code = "";
    try {
      yield* join(h, -1);
    } catch (e) {
      if (isErrno(e, "EBADF")) code = e.code;
    }
    expect(code).to.equal("EBADF");
  });
});

function* timeout(): Coroutine<unknown> {
  const [, b] = chmake<number>();
  try {
    return yield* chrecv(b, 0);
  } catch (error) {
    return error;
  }
}

function* answerOf(
  operation: ReturnType<typeof chrecv<number, number>>,
): Coroutine<number | string> {
  try {
    return yield* operation;
  } catch (e) {
    if (!isErrno(e, "ETIMEDOUT")) throw e;
    return "too late";
  }
}
