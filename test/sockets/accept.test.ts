// ipcAccept and tcpAccept.
import { expect } from "chai";
import { run as runEffection, spawn } from "effection";
import {
  brecv,
  bsend,
  bundle,
  type Bytestream,
  bundleGo,
  type Coroutine,
  DillError,
  go,
  type Handle,
  hclose,
  hown,
  isErrno,
  msleep,
  now,
  run,
  yieldNow,
} from "libdill-ts";
import { overCarriers } from "../support/carriers.js";
import { codeOf, failureOf } from "../support/failure.js";
import { holdUpTheProcess } from "../support/holdUp.js";
import { it as itOnNode, itBoth as it } from "../support/it.js";

overCarriers("accept", (carrier) => {
  const { pair, accept, close } = carrier;

  function* report(codes: string[], ls: Handle): Coroutine {
    codes.push(yield* codeOf(accept(ls, -1)));
  }

  it("waits for a connection", function* () {
    const { ls, connect } = yield* carrier.listen();
    const connecting = go(
      (function* () {
        yield* msleep(now() + 5);
        const s = yield* connect(-1);
        yield* bsend(s, Buffer.from("x"), -1);
      })(),
    );
    const s = yield* accept(ls, -1);
    expect(String(yield* brecv(s, 1, -1))).to.equal("x");
    hclose(connecting);
  });

  it("hands out connections in the order in which they came", function* () {
    const { ls, connect } = yield* carrier.listen();
    for (let i = 0; i < 5; i++) {
      const s = yield* connect(-1);
      yield* bsend(s, Buffer.from(String(i)), -1);
    }
    for (let i = 0; i < 5; i++) {
      const s = yield* accept(ls, -1);
      expect(String(yield* brecv(s, 1, -1))).to.equal(String(i));
    }
  });

  it("serves many clients at once", function* () {
    const { ls, connect } = yield* carrier.listen(200);
    const clients = bundle();
    const servers = bundle();
    const answers: string[] = [];
    for (let i = 0; i < 200; i++) bundleGo(clients, client(i));
    for (let i = 0; i < 200; i++) bundleGo(servers, serve(yield* accept(ls, -1)));
    while (answers.length < 200) yield* msleep(now() + 1);
    expect(new Set(answers).size).to.equal(200);
    hclose(clients);
    hclose(servers);

    function* client(i: number): Coroutine {
      const s = yield* connect(-1);
      const text = String(i).padStart(3, "0");
      yield* bsend(s, Buffer.from(text), -1);
      const answer = String(yield* brecv(s, 3, -1));
      expect(answer).to.equal(text);
      answers.push(answer);
      hclose(s);
    }
    function* serve(s: Bytestream): Coroutine {
      yield* bsend(s, yield* brecv(s, 3, -1), -1);
      yield* close(s, -1);
    }
  });

  it("hands out a connection whose client has gone already", function* () {
    const { ls, connect } = yield* carrier.listen();
    const client = yield* connect(-1);
    yield* bsend(client, Buffer.from("x"), -1);
    hclose(client);
    const s = yield* accept(ls, -1);
    expect(String(yield* brecv(s, 1, -1))).to.equal("x");
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
  });

  it("is not disturbed when the listener changes its owner", function* () {
    const { ls, connect } = yield* carrier.listen();
    let accepted: unknown;
    const waiting = go(
      (function* () {
        accepted = yield* accept(ls, -1);
      })(),
    );
    const owned = hown(ls);
    yield* connect(-1);
    while (accepted === undefined) yield* msleep(now() + 1);
    expect(accepted).to.be.a("number");
    hclose(waiting);
    hclose(owned);
  });

  it("works in an Effection program, where a halt takes no connection", async () => {
    await runEffection(function* () {
      const { ls, connect } = yield* carrier.listen();
      const task = yield* spawn(() => accept(ls, -1));
      yield* msleep(now() + 2);
      yield* task.halt();
      const client = yield* connect(-1);
      const s = yield* accept(ls, now() + 2000);
      for (const h of [client, s, ls]) hclose(h);
    });
  });

  describe("deadline", () => {
    it("0 or past takes a connection that is there", function* () {
      const { ls, connect } = yield* carrier.listen();
      for (const deadline of [0, now() - 1000, 1]) {
        yield* connect(-1);
        yield* accept(ls, deadline);
      }
    });

    it("gives ETIMEDOUT when it hits, never early, and the listener is as it was", function* () {
      const { ls, connect } = yield* carrier.listen();
      const deadline = now() + 20;
      const error = yield* failureOf(accept(ls, deadline));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: `${carrier.prefix}_accept` });
      expect(now()).to.be.at.least(deadline);
      expect(yield* codeOf(accept(ls, 0))).to.equal("ETIMEDOUT");
      yield* connect(-1);
      yield* accept(ls, -1);
    });

    it("is EINVAL if it is no point in time", function* () {
      const { ls } = yield* carrier.listen();
      for (const deadline of [NaN, -2, -Infinity]) {
        expect(yield* codeOf(accept(ls, deadline))).to.equal("EINVAL");
      }
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED, and the listener is as it was", function* () {
      const { ls, connect } = yield* carrier.listen();
      const codes: string[] = [];
      hclose(go(report(codes, ls)));
      expect(codes).to.deep.equal(["ECANCELED"]);
      yield* connect(-1);
      yield* accept(ls, -1);
    });

    it("leaves a connection that has come for the next one", function* () {
      const { ls, connect } = yield* carrier.listen();
      yield* connect(-1);
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            try {
              yield* msleep(-1);
            } finally {
              yield* report(codes, ls);
            }
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
      yield* accept(ls, 0);
    });

    itOnNode("hands over the connection that came before it", function* () {
      const { ls, connect } = yield* carrier.listen();
      let accepted: unknown;
      const waiting = go(
        (function* () {
          accepted = yield* accept(ls, -1);
        })(),
      );
      const client = go(
        (function* () {
          yield* connect(-1);
        })(),
      );
      yield* holdUpTheProcess();
      yield* holdUpTheProcess();
      hclose(waiting);
      expect(accepted).to.be.a("number");
      hclose(client);
    });
  });

  describe("errors", () => {
    it("EBADF: the handle is not open", function* () {
      const { ls } = yield* carrier.listen();
      hclose(ls);
      for (const h of [ls, 999_999, -1, NaN, undefined]) {
        expect(yield* codeOf(accept(h as Handle, -1))).to.equal("EBADF");
      }
    });

    it("EBADF: the listener is closed while a coroutine waits on it", function* () {
      const { ls } = yield* carrier.listen();
      const codes: string[] = [];
      const waiting = go(report(codes, ls));
      hclose(ls);
      yield* yieldNow();
      expect(codes).to.deep.equal(["EBADF"]);
      hclose(waiting);
    });

    it("ENOTSUP: the handle is not such a listener", function* () {
      const [a] = yield* pair();
      for (const h of [a, bundle()]) {
        const error = yield* failureOf(accept(h, -1));
        expect(error).to.include({ code: "ENOTSUP", syscall: `${carrier.prefix}_accept` });
      }
    });

    it("EBUSY: another coroutine waits on the listener, and goes on undisturbed", function* () {
      const { ls, connect } = yield* carrier.listen();
      let accepted: unknown;
      const waiting = go(
        (function* () {
          accepted = yield* accept(ls, -1);
        })(),
      );
      expect(yield* codeOf(accept(ls, -1))).to.equal("EBUSY");
      expect(yield* codeOf(accept(ls, 0))).to.equal("EBUSY");
      yield* connect(-1);
      while (accepted === undefined) yield* msleep(now() + 1);
      expect(accepted).to.be.a("number");
      hclose(waiting);
    });

    it("carry the stack of the coroutine", function* () {
      const { ls } = yield* carrier.listen();
      hclose(ls);
      const error = yield* (function* acceptNothing(): Coroutine<DillError> {
        return yield* failureOf(accept(ls, -1));
      })();
      expect(error.stack).to.contain("acceptNothing");
    });
  });

  describe("leaves nothing behind", () => {
    it("of sockets it handed out when the run ends", async () => {
      let s: Bytestream | undefined;
      const codes: string[] = [];
      await run(
        (function* () {
          const { ls, connect } = yield* carrier.listen();
          yield* connect(-1);
          s = yield* accept(ls, -1);
          go(
            (function* () {
              try {
                yield* brecv(s, 1, -1);
              } catch (error) {
                if (isErrno(error)) codes.push(error.code);
              }
            })(),
          );
        })(),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(() => hclose(s as Bytestream)).to.throw(DillError, "EBADF");
    });
  });
});
