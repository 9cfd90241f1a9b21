import { expect } from "chai";
import { type BacklogNeeds, queuedConnects } from "#src/host/backlogQueue.js";

type Attempt = Parameters<BacklogNeeds["connect"]>[1] & { path: string; isClosed: boolean };

/** A host whose attempts and pauses end when the test says so. */
function manualHost() {
  const attempts: Attempt[] = [];
  const pauses: { delay: number; job: () => void; isOver: boolean }[] = [];
  let directory = "/here";
  const connect = queuedConnects({
    connect(path, events) {
      const attempt: Attempt = { ...events, path, isClosed: false };
      attempts.push(attempt);
      return { close: () => void (attempt.isClosed = true) } as ReturnType<BacklogNeeds["connect"]>;
    },
    after(delay, job) {
      const waiting = { delay, job, isOver: false };
      pauses.push(waiting);
      return () => void (waiting.isOver = true);
    },
    random: () => 0.5,
    directory: () => directory,
  });
  return {
    attempts,
    pauses,
    /** The names of those who were told, and what. */
    log: [] as string[],
    goTo: (place: string) => void (directory = place),
    connect(name: string, path = "/s", isPast = false) {
      const { log } = this;
      return connect(path, {
        isPast: () => isPast,
        waiting: () => void log.push(`${name} waits`),
        connected: () => void log.push(`${name} connected`),
        refused: (failure) =>
          void log.push(`${name} ${typeof failure === "string" ? failure : failure.code}`),
      });
    },
    endPause() {
      pauses.findLast(({ isOver }) => !isOver)?.job();
    },
  };
}

describe("connecting with a queue", () => {
  it("is one attempt where there is room", () => {
    const host = manualHost();
    const a = host.connect("a");
    expect(a.isWaiting).to.equal(false);
    host.attempts[0]?.connected();
    expect(host.log).to.deep.equal(["a connected"]);
    a.close();
    expect(host.pauses).to.deep.equal([]);
  });

  it("waits where the backlog is full; others get in line without an attempt", () => {
    const host = manualHost();
    const a = host.connect("a");
    host.attempts[0]?.refused("EAGAIN");
    const b = host.connect("b");
    expect([a.isWaiting, b.isWaiting]).to.deep.equal([true, true]);
    expect(host.log).to.deep.equal(["a waits"]); // b knows it by `isWaiting`: nothing is told inside the call
    expect(host.attempts).to.have.length(1);
    host.endPause();
    host.attempts[1]?.refused("EAGAIN");
    host.endPause();
    host.attempts[2]?.connected();
    host.attempts[3]?.connected();
    expect(host.log).to.deep.equal(["a waits", "a connected", "b connected"]);
    expect(host.attempts).to.have.length(4);
    expect([a.isWaiting, b.isWaiting]).to.deep.equal([false, false]);
  });

  it("pauses ever longer, up to 8 ms, while the backlog stays full", () => {
    const host = manualHost();
    host.connect("a");
    for (let i = 0; i < 12; i++) {
      host.attempts.at(-1)?.refused("EAGAIN");
      host.endPause();
    }
    const delays = host.pauses.map(({ delay }) => delay);
    expect(delays[0]).to.equal(0.5);
    expect(delays.at(-1)).to.equal(8);
    expect(delays.toSorted((x, y) => x - y)).to.deep.equal(delays);
  });

  it("never queues once the deadline has passed", () => {
    const host = manualHost();
    host.connect("a");
    host.attempts[0]?.refused("EAGAIN");
    expect(host.connect("late", "/s", true).isWaiting).to.equal(false);
    host.attempts[1]?.refused("EAGAIN");
    host.connect("lucky", "/s", true);
    host.attempts[2]?.connected();
    expect(host.log).to.deep.equal(["a waits", "late EAGAIN", "lucky connected"]);
  });

  it("gives the socket of a later connect to the first one in line", () => {
    const host = manualHost();
    host.connect("a");
    host.connect("b");
    host.attempts[0]?.refused("EAGAIN");
    host.attempts[1]?.connected();
    expect(host.log).to.deep.equal(["a waits", "b waits", "a connected"]);
    host.endPause();
    host.attempts.at(-1)?.connected();
    expect(host.log.at(-1)).to.equal("b connected");
  });

  it("keeps the order of arrival, though the later one was refused first", () => {
    const host = manualHost();
    host.connect("a");
    host.connect("b");
    host.attempts[1]?.refused("EAGAIN");
    host.attempts[0]?.refused("EAGAIN");
    host.endPause();
    host.attempts[2]?.connected();
    host.attempts[3]?.connected();
    expect(host.log).to.deep.equal(["b waits", "a waits", "a connected", "b connected"]);
  });

  it("tells each of them why the listener can't be reached", () => {
    const host = manualHost();
    host.connect("a");
    host.attempts[0]?.refused("EAGAIN");
    host.connect("b");
    host.endPause();
    host.attempts[1]?.refused({ code: "ENOENT" });
    host.attempts[2]?.refused({ code: "ENOENT" });
    expect(host.log).to.deep.equal(["a waits", "a ENOENT", "b ENOENT"]);
  });

  it("reports nothing after close, and leaves no attempt and no pause", () => {
    const host = manualHost();
    const [a, b] = [host.connect("a"), host.connect("b")];
    a.close();
    expect(host.attempts[0]?.isClosed).to.equal(true);
    host.attempts[1]?.refused("EAGAIN");
    b.close();
    expect(host.pauses.map(({ isOver }) => isOver)).to.deep.equal([true]);
    const c = host.connect("c");
    host.attempts[2]?.refused("EAGAIN");
    host.endPause();
    c.close();
    c.close();
    expect(host.attempts[3]?.isClosed).to.equal(true);
    expect(host.log).to.deep.equal(["b waits", "c waits"]);
  });

  it("finds a relative path though the process has changed its directory", () => {
    const host = manualHost();
    host.connect("a", "s");
    host.attempts[0]?.refused("EAGAIN");
    host.goTo("/there");
    expect(host.connect("b", "s").isWaiting).to.equal(false); // another address
    host.pauses[0]?.job();
    expect(host.attempts.map(({ path }) => path)).to.deep.equal(["s", "s", "/here/s"]);
  });
});
