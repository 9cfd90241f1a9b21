import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  type Bytestream,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  type Handle,
  hclose,
  hown,
  isErrno,
  join,
  type Listener,
  msleep,
  now,
  serve,
  type ServeOptions,
  yieldNow,
} from "libdill-ts";
import { tlsAttachClient, tlsAttachServer, tlsContext } from "libdill-ts/tls";
import { type Carrier, overCarriers } from "../support/carriers.js";
import { openDescriptors } from "../support/descriptors.js";
import { codeOf, failureOf, thrownIn } from "../support/failure.js";
import { startWithFewDescriptors } from "../support/fewDescriptors.js";
import { it } from "../support/it.js";
import { fixtureCommand, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { serving as withCertificate, trusting } from "../support/tlsPair.js";
import { until } from "../support/until.js";

overCarriers("serve", (carrier) => {
  afterEach(stopProcesses);

  const { accept, done } = carrier;

  it("holds a dialogue with each client", function* () {
    const { ls, connect } = yield* listen(carrier);
    const server = start(ls, echo);
    for (const word of ["alice", "bobby"]) {
      const s = yield* connect(-1);
      yield* bsend(s, Buffer.from(word), -1);
      expect(String(yield* brecv(s, 5, -1))).to.equal(word);
      hclose(s);
    }
    closeBoth(server, ls);
  });

  it("closes a socket that its dialogue has left open", function* () {
    const { ls, connect } = yield* listen(carrier);
    // biome-ignore lint: a dialogue that does nothing.
    const server = start(ls, function* () {});
    yield* expectEnd(yield* connect(-1));
    closeBoth(server, ls);
  });

  it("leaves a socket alone that its dialogue has closed, or handed over", function* () {
    const { ls, connect } = yield* listen(carrier);
    const [kept, take] = chmake<Bytestream>();
    const server = start(ls, function* (s) {
      const first = yield* brecv(s, 1, -1);
      if (String(first) === "c") hclose(s);
      else yield* chsend(kept, hown(s), -1);
    });
    const closed = yield* connect(-1);
    yield* bsend(closed, Buffer.from("c"), -1);
    yield* expectEnd(closed);
    const open = yield* connect(-1);
    yield* bsend(open, Buffer.from("k"), -1);
    const theirs = yield* chrecv(take, -1);
    yield* yieldNow();
    yield* bsend(theirs, Buffer.from("!"), -1);
    expect(String(yield* brecv(open, 1, -1))).to.equal("!");
    for (const h of [theirs, open, kept, take]) hclose(h);
    closeBoth(server, ls);
  });

  it("closes the socket of a dialogue that throws before its first wait, and of one that is no coroutine", function* () {
    const { ls, connect } = yield* listen(carrier);
    const errors: unknown[] = [];
    const bug = new Error("a bug");
    const dialogues: unknown[] = [
      function* () {
        throw bug;
      },
      () => {
        throw bug;
      },
      () => undefined,
      async () => {},
    ];
    for (const dialogue of dialogues) {
      const server = start(ls, dialogue as typeof echo, { onError: (error) => errors.push(error) });
      yield* expectEnd(yield* connect(-1));
      hclose(server);
    }
    hclose(ls);
    expect(errors.slice(0, 2)).to.deep.equal([bug, bug]);
    for (const error of errors.slice(2)) {
      expect(error).to.include({ code: "EINVAL", syscall: "serve" });
      expect(String(error)).to.match(/undefined|promise/);
    }
    expect(errors).to.have.length(4);
  });

  it("loses no client that comes as it is canceled: who is not served waits for the next accept", function* () {
    const { ls, connect } = yield* listen(carrier);
    const rounds = 20;
    let served = 0;
    let waiting = 0;
    for (let i = 0; i < rounds; i++) {
      const server = start(ls, function* (s) {
        served += 1;
        yield* bsend(s, Buffer.from("x"), -1);
      });
      const before = openDescriptors().length;
      const connecting = go(dial(connect));
      // Always ready, this coroutine has its turn before the server that the client has woken.
      while (openDescriptors().length < before + 2 && served + waiting === i) yield;
      hclose(server);
      if (served + waiting === i) {
        hclose(yield* accept(ls, now() + 5000));
        waiting += 1;
      }
      yield* drain(yield* join(connecting, -1));
      hclose(connecting);
    }
    expect(served + waiting).to.equal(rounds);
    expect(waiting).to.be.above(0);
    hclose(ls);
  });

  it("closes the sockets of all dialogues when it is canceled", function* () {
    const { ls, connect } = yield* listen(carrier);
    const server = start(ls, forever);
    const clients: Bytestream[] = [];
    for (let i = 0; i < 3; i++) clients.push(yield* greeted(connect));
    hclose(server);
    for (const s of clients) yield* expectEnd(s);
    hclose(ls);
  });

  it("holds so many dialogues at once, and the other clients wait", function* () {
    const { ls, connect } = yield* listen(carrier);
    let open = 0;
    let most = 0;
    const server = start(
      ls,
      function* (s) {
        most = Math.max(most, ++open);
        yield* bsend(s, Buffer.from("hello"), -1);
        yield* brecv(s, 1, -1);
        open -= 1;
      },
      { maxConnections: 2 },
    );
    const first = yield* greeted(connect);
    const second = yield* greeted(connect);
    const third = yield* connect(-1);
    expect(yield* codeOf(brecv(third, 5, now() + 20))).to.equal("ETIMEDOUT");
    yield* bsend(first, Buffer.from("x"), -1);
    expect(String(yield* brecv(third, 5, -1))).to.equal("hello");
    for (const s of [first, second, third]) hclose(s);
    expect(most).to.equal(2);
    closeBoth(server, ls);
  });

  it("hands a dialogue's error to onError, and the others go on", function* () {
    const { ls, connect } = yield* listen(carrier);
    const errors: unknown[] = [];
    const bug = new Error("a bug");
    let count = 0;
    const server = start(
      ls,
      function* (s) {
        count += 1;
        if (count === 2) throw bug;
        yield* echo(s);
      },
      { onError: (error) => errors.push(error) },
    );
    const first = yield* connect(-1);
    yield* bsend(first, Buffer.from("alice"), -1);
    yield* expectEnd(yield* connect(-1));
    const third = yield* connect(-1);
    yield* bsend(third, Buffer.from("carol"), -1);
    expect(String(yield* brecv(first, 5, -1))).to.equal("alice");
    expect(String(yield* brecv(third, 5, -1))).to.equal("carol");
    expect(errors).to.deep.equal([bug]);
    for (const s of [first, third]) hclose(s);
    closeBoth(server, ls);
  });

  it("throws a dialogue's error, and cancels the other dialogues", function* () {
    const { ls, connect } = yield* listen(carrier);
    const bug = new Error("a bug");
    const server = start(ls, function* (s) {
      yield* bsend(s, Buffer.from("hello"), -1);
      if (String(yield* brecv(s, 1, -1)) === "!") throw bug;
    });
    const other = yield* greeted(connect);
    const s = yield* greeted(connect);
    yield* bsend(s, Buffer.from("!"), -1);
    expect(yield* thrownIn(bundleWait(server, -1))).to.equal(bug);
    yield* expectEnd(other);
    hclose(s);
    closeBoth(server, ls);
  });

  it("throws the errors of several dialogues as one", function* () {
    const { ls, connect } = yield* listen(carrier);
    const server = start(ls, function* (s) {
      try {
        yield* bsend(s, Buffer.from("hello"), -1);
        yield* brecv(s, 1, -1);
      } finally {
        throw new Error("a bug");
      }
    });
    const clients = [yield* greeted(connect), yield* greeted(connect)];
    yield* bsend(clients[0] as Bytestream, Buffer.from("!"), -1);
    const error = yield* thrownIn(bundleWait(server, -1));
    expect(error).to.be.instanceOf(AggregateError);
    expect((error as AggregateError).errors).to.have.length(2);
    for (const s of clients) hclose(s);
    closeBoth(server, ls);
  });

  it("takes no more clients when it is told, and lets the dialogues finish", function* () {
    const { ls, connect } = yield* listen(carrier);
    const server = start(ls, function* (s) {
      yield* bsend(s, Buffer.from("hello"), -1);
      yield* bsend(s, yield* brecv(s, 5, -1), -1);
    });
    const s = yield* greeted(connect);
    const closing = go(close(server));
    yield* yieldNow();
    expect(yield* codeOf(connect(now() + 1000))).to.be.oneOf(["ECONNREFUSED", "ENOENT"]);
    yield* bsend(s, Buffer.from("alice"), -1);
    expect(String(yield* brecv(s, 5, -1))).to.equal("alice");
    yield* join(closing, -1);
    expect(yield* codeOf(accept(ls, -1))).to.equal("EPIPE");
    for (const h of [closing, s, ls]) hclose(h);
  });

  it("serves whom the process has taken when it is told", function* () {
    const { ls, connect } = yield* listen(carrier);
    const server = start(ls, echo, { maxConnections: 1 });
    const clients: Bytestream[] = [];
    yield* untilTaken(4, function* () {
      clients.push(yield* connect(-1));
    });
    const closing = go(close(server));
    yield* yieldNow();
    for (const s of clients) {
      yield* bsend(s, Buffer.from("alice"), -1);
      expect(String(yield* brecv(s, 5, -1))).to.equal("alice");
      hclose(s);
    }
    yield* join(closing, -1);
    for (const h of [closing, ls]) hclose(h);
  });

  it("throws ECANCELED by its own name once it was told", function* () {
    const { ls } = yield* listen(carrier);
    const b = bundle();
    const errors: unknown[] = [];
    bundleGo(
      b,
      (function* () {
        try {
          yield* serve(ls, echo);
        } catch (error) {
          errors.push(error);
          throw error;
        }
      })(),
    );
    yield* bundleClose(b, -1);
    expect(errors).to.have.length(1);
    expect(errors[0]).to.include({ code: "ECANCELED", syscall: "serve" });
    hclose(ls);
  });

  it("cancels whom the grace has left", function* () {
    const { ls, connect } = yield* listen(carrier);
    const server = start(ls, forever);
    const s = yield* greeted(connect);
    yield* bundleClose(server, now() + 20);
    yield* expectEnd(s);
    hclose(ls);
  });

  it("tells the dialogues after so many milliseconds", function* () {
    for (const tellAfter of [0, 5]) {
      const { ls, connect } = yield* listen(carrier);
      const server = start(ls, goodbye, { tellAfter });
      const s = yield* greeted(connect);
      const closing = go(close(server));
      expect(String(yield* brecv(s, 7, -1))).to.equal("goodbye");
      yield* expectEnd(s);
      yield* join(closing, -1);
      for (const h of [closing, ls]) hclose(h);
    }
  });

  it("ends by itself when its listener takes no more, after the last dialogue", function* () {
    const { ls, connect } = yield* listen(carrier);
    const server = start(ls, echo, { maxConnections: 1 });
    const clients: Bytestream[] = [];
    yield* untilTaken(3, function* () {
      clients.push(yield* connect(-1));
    });
    yield* done(ls, -1);
    expect(yield* codeOf(bundleWait(server, now() + 5))).to.equal("ETIMEDOUT");
    for (const s of clients) {
      yield* bsend(s, Buffer.from("alice"), -1);
      expect(String(yield* brecv(s, 5, -1))).to.equal("alice");
      hclose(s);
    }
    yield* bundleWait(server, -1);
    closeBoth(server, ls);
  });

  it("tells of a dialogue's error in the grace, too", function* () {
    const { ls, connect } = yield* listen(carrier);
    const bug = new Error("a bug");
    const server = start(ls, function* (s) {
      yield* bsend(s, Buffer.from("hello"), -1);
      yield* brecv(s, 1, -1);
      throw bug;
    });
    const s = yield* greeted(connect);
    const closing = go(
      (function* () {
        return yield* thrownIn(bundleClose(server, -1));
      })(),
    );
    yield* yieldNow();
    yield* bsend(s, Buffer.from("x"), -1);
    expect(yield* join(closing, -1)).to.equal(bug);
    for (const h of [closing, s, ls]) hclose(h);
  });

  it("goes on where no descriptor was left for a while, and warns once", function* () {
    const where = carrier.name === "ipc" ? socketPath() : "tcp";
    const peer = startWithFewDescriptors([...fixtureCommand("crowdedServer"), where]);
    const { seen, served, warnings } = JSON.parse((yield* until(peer.line())) ?? "");
    expect(seen).to.be.oneOf(["EPIPE", "ECONNRESET"]);
    expect(served).to.equal("hello");
    expect(warnings).to.deep.equal(["SERVE_PAUSED"]);
  });

  it("holds dialogues that put TLS on their sockets", function* () {
    const { ls, connect } = yield* listen(carrier);
    const context = tlsContext(withCertificate());
    const server = start(ls, function* (connection) {
      const s = yield* tlsAttachServer(connection, context, -1);
      yield* bsend(s, Buffer.from("secret"), -1);
      hclose(s);
    });
    const s = yield* tlsAttachClient(yield* connect(-1), trusting(), -1);
    expect(String(yield* brecv(s, 6, -1))).to.equal("secret");
    hclose(s);
    closeBoth(server, ls);
  });

  it("EBADF: the listener is not open, or was closed meanwhile, and the dialogues are canceled", function* () {
    const { ls, connect } = yield* listen(carrier);
    const server = start(ls, forever);
    const s = yield* greeted(connect);
    hclose(ls);
    const error = yield* failureOf(bundleWait(server, -1));
    expect(error).to.include({ code: "EBADF", syscall: "serve" });
    yield* expectEnd(s);
    hclose(server);
    expect(yield* codeOf(serve(ls, echo))).to.equal("EBADF");
  });

  it("EBUSY: another coroutine waits for a connection on this listener", function* () {
    const { ls } = yield* listen(carrier);
    const server = start(ls, echo);
    expect(yield* codeOf(accept(ls, -1))).to.equal("EBUSY");
    expect(yield* codeOf(serve(ls, echo))).to.equal("EBUSY");
    closeBoth(server, ls);
  });

  it("ENOTSUP: the handle is not a listener", function* () {
    const [a, z] = yield* carrier.pair();
    const error = yield* failureOf(serve(a as Handle as Listener<Bytestream>, echo));
    expect(error).to.include({ code: "ENOTSUP", syscall: "serve" });
    expect(error.message).to.contain("not a listener");
    for (const s of [a, z]) hclose(s);
  });

  it("EINVAL: the dialogue is no function, or an option is none, and nothing was accepted", function* () {
    const { ls, connect } = yield* listen(carrier);
    const s = yield* connect(-1);
    const calls: [unknown, RegExp][] = [
      [undefined, /not undefined/],
      ["echo", /not echo/],
      [echo(s), /its call/],
    ];
    for (const [dialogue, message] of calls) {
      const error = yield* failureOf(serve(ls, dialogue as typeof echo));
      expect(error).to.include({ code: "EINVAL", syscall: "serve" });
      expect(error.message).to.match(message);
    }
    expect(yield* codeOf(serve(ls, echo, { maxConnections: 0 }))).to.equal("EINVAL");
    hclose(yield* accept(ls, -1));
    for (const h of [s, ls]) hclose(h);
  });

  it("ECANCELED: the coroutine is being canceled", function* () {
    const { ls } = yield* listen(carrier);
    const codes: string[] = [];
    const h = go(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          codes.push(yield* codeOf(serve(ls, echo)));
        }
      })(),
    );
    hclose(h);
    expect(codes).to.deep.equal(["ECANCELED"]);
    hclose(ls);
  });
});

function* listen(carrier: Carrier, backlog = 10) {
  const { ls, connect } = yield* carrier.listen(backlog);
  return { ls: ls as Listener<Bytestream>, connect };
}

function start(
  ls: Listener<Bytestream>,
  dialogue: (s: Bytestream) => Coroutine,
  options?: ServeOptions,
) {
  return go(
    (function* () {
      yield* serve(ls, dialogue, options);
    })(),
  );
}

function* close(server: ReturnType<typeof start>): Coroutine {
  yield* bundleClose(server, -1);
}

function closeBoth(server: Handle, ls: Handle): void {
  hclose(server);
  hclose(ls);
}

function* echo(s: Bytestream): Coroutine {
  yield* bsend(s, yield* brecv(s, 5, -1), -1);
}

function* forever(s: Bytestream): Coroutine {
  yield* bsend(s, Buffer.from("hello"), -1);
  yield* msleep(-1);
}

/** It needs a grace of its own. */
function* goodbye(s: Bytestream): Coroutine {
  yield* bsend(s, Buffer.from("hello"), -1);
  try {
    yield* msleep(-1);
  } catch (error) {
    yield* msleep(now() + 1);
    yield* bsend(s, Buffer.from("goodbye"), now() + 1000);
    throw error;
  }
}

function* dial(connect: (deadline: number) => ReturnType<Carrier["dial"]>): Coroutine<Bytestream> {
  return yield* connect(-1);
}

/** A client whose dialogue has begun. */
function* greeted(connect: (deadline: number) => ReturnType<Carrier["dial"]>) {
  const s = yield* connect(-1);
  expect(String(yield* brecv(s, 5, -1))).to.equal("hello");
  return s;
}

/** Connects so many clients, and returns when the process has a descriptor for both ends of each. */
function* untilTaken(count: number, connectOne: () => Coroutine) {
  const before = openDescriptors().length;
  for (let i = 0; i < count; i++) yield* connectOne();
  while (openDescriptors().length < before + 2 * count) yield* yieldNow();
}

/** The server has closed the socket. */
function* expectEnd(s: Bytestream) {
  const code = yield* codeOf(brecv(s, 1, now() + 5000));
  expect(code).to.be.oneOf(["EPIPE", "ECONNRESET"]);
  hclose(s);
}

function* drain(s: Bytestream) {
  try {
    for (;;) yield* brecv(s, 1, now() + 5000);
  } catch (error) {
    if (!isErrno(error, "EPIPE", "ECONNRESET")) throw error;
  }
  hclose(s);
}
