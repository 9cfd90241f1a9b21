import { existsSync } from "node:fs";
import { expect } from "chai";
import {
  bundle,
  bundleGo,
  bundleWait,
  brecv,
  type Coroutine,
  hclose,
  ipcConnect,
  isErrno,
  now,
} from "libdill-ts";
import { it } from "../support/it.js";
import { startProgram, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

const program = "examples/hot-restart/main.js";

describe("hot restart", () => {
  afterEach(stopProcesses);

  it("refuses no client while one server after the other takes over", function* () {
    this.timeout(120_000);
    const path = socketPath();
    let server = startProgram(program, path);
    yield* until(server.said(`${server.pid} serves`));
    const answers = new Map<number, number>();
    let isOver = false;
    const clients = bundle();
    for (let i = 0; i < 4; i++) bundleGo(clients, askOn());
    const pids = [server.pid];
    for (let restart = 0; restart < 10; restart++) {
      const next = startProgram(program, path);
      yield* until(next.said(`${next.pid} serves`));
      const { status, stdout, stderr } = yield* until(server.ended());
      expect(status, stderr).to.equal(0);
      expect(stdout).to.contain(`${server.pid} is replaced by ${next.pid}`);
      server = next;
      pids.push(next.pid);
      while (!answers.has(next.pid)) yield* until(new Promise((resolve) => setImmediate(resolve)));
    }
    isOver = true;
    yield* bundleWait(clients, -1);
    hclose(clients);
    expect([...answers.keys()]).to.have.members(pids);
    expect(existsSync(path)).to.equal(true);

    /** One client after the other; each that is refused, or gets no whole answer, fails the test. */
    function* askOn(): Coroutine {
      while (!isOver) {
        const text = yield* ask(path);
        const pid = Number(/from (\d+)\n$/.exec(text)?.[1]);
        expect(pid, `an answer: ${JSON.stringify(text)}`).to.be.greaterThan(0);
        answers.set(pid, (answers.get(pid) ?? 0) + 1);
      }
    }
  });
});

function* ask(path: string): Coroutine<string> {
  const s = yield* ipcConnect(path, now() + 4000);
  let text = "";
  try {
    for (;;) text += String(yield* brecv(s, 1, now() + 4000));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  } finally {
    hclose(s);
  }
  return text;
}
