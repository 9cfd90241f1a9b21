// What a process can still do when it may open no more files. Its program is fixtures/exhausted.ts.
import { expect } from "chai";
import { startWithFewDescriptors } from "../support/fewDescriptors.js";
import { startKernel } from "../support/kernel.js";
import { it } from "../support/it.js";
import { fixtureCommand, stopProcesses } from "../support/process.js";
import { socketPath, tempDir } from "../support/tempDir.js";

describe("a process without a file descriptor left", () => {
  let steps: ReadonlyMap<string, string>;

  before(async () => {
    const full = socketPath();
    const kernel = startKernel();
    await kernel.make("full", full);
    const peer = startWithFewDescriptors([...fixtureCommand("exhausted"), socketPath(), full], {
      env: { ...process.env, TMPDIR: tempDir() },
    });
    const lines: string[] = [];
    for (let line = await peer.line(); line !== undefined; line = await peer.line()) {
      lines.push(line);
    }
    steps = new Map(
      lines.map((line) => {
        if (!line.startsWith("[")) return [line, "logged"];
        return JSON.parse(line) as [string, string];
      }),
    );
  });
  after(stopProcesses);

  it("gets EMFILE from ipcConnect, whatever the path and the deadline", () => {
    expectSteps({
      connect: "EMFILE",
      "connect, deadline 0": "EMFILE",
      "connect, long path": "EMFILE",
      "connect, nothing there": "EMFILE",
    });
  });

  it("gets EMFILE from an ipcConnect that waits for room in a full backlog", () => {
    expectSteps({ "connect that waits for room": "EMFILE" });
  });

  it("gets EMFILE from ipcListen and ipcPair, which leave no file behind", () => {
    expectSteps({
      listen: "EMFILE",
      "listen, mode": "EMFILE",
      "listen, long path": "EMFILE",
      pair: "EMFILE",
      "files left behind": "",
    });
  });

  it("gets EMFILE from ipcPair also if there are descriptors for some of what it needs", () => {
    expectSteps({ "pair, 1 left": "EMFILE", "pair, 2 left": "EMFILE", "pair, 3 left": "none" });
  });

  it("gets EMFILE from ipcAccept once a client comes, who sees its end", () => {
    expectSteps({ accept: "EMFILE", "the client's receive": "EPIPE" });
  });

  it("learns from choose that the listener need not be waited for: ipcAccept is EMFILE", () => {
    expectSteps({ "choose of the listener": "none" });
  });

  it("gets EMFILE from ipcFromfd and ipcListenerFromfd, and keeps the descriptor", () => {
    expectSteps({ fromfd: "EMFILE", listenerFromfd: "EMFILE", "descriptor 0": "open" });
  });

  it("goes on with coroutines, channels, sleeps, deadlines and cancellation", () => {
    expectSteps({
      "go, msleep, join": "joined",
      "chsend, chrecv": "sent",
      withDeadline: "ETIMEDOUT",
      scope: "ended",
      hclose: "ECANCELED",
      "an error with a stack": "Error: what a stack at the limit is made of",
    });
  });

  it("goes on with the sockets that it has", () => {
    expectSteps({ "bsend, brecv": "bytes" });
  });

  it("can write to its standard output and error", () => {
    expectSteps({ "error log at the limit": "logged" });
  });

  it("does everything again as soon as there are descriptors", () => {
    expectSteps({
      "connect, again": "none",
      "accept, again": "none",
      "listen, again": "none",
      "pair, again": "none",
      run: "ended",
    });
  });

  function expectSteps(expected: Record<string, string>): void {
    const found = Object.keys(expected).map((step) => [step, steps.get(step)]);
    expect(Object.fromEntries(found)).to.deep.equal(expected);
  }
});
