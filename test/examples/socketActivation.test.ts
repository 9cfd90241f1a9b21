import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { brecv, type Coroutine, hclose, ipcConnect, isErrno, now } from "libdill-ts";
import { it } from "../support/it.js";
import { startProcess, startPython, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

const program = fileURLToPath(new URL("../../examples/socket-activation/main.js", import.meta.url));

describe("socket activation", () => {
  afterEach(stopProcesses);

  it("serves clients of a socket that its parent listens on, start after start", function* () {
    const path = socketPath();
    const parent = startPython(activator, path, process.execPath, program, path, "500");
    expect(yield* until(parent.line())).to.equal("listening");
    const pids: string[] = [];
    for (let start = 0; start < 2; start++) {
      const text = yield* ask(path);
      const pid = (yield* until(parent.line())) ?? "";
      expect(text).to.match(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT.*Z from ${pid}\\n$`));
      expect(yield* ask(path)).to.contain(` from ${pid}\n`);
      expect(yield* until(parent.line())).to.equal("ended with 0");
      expect(existsSync(path)).to.equal(true);
      pids.push(pid);
    }
    expect(pids[0]).not.to.equal(pids[1]);
  });

  it("listens by itself if it is handed nothing, and takes what is for another process for nothing", function* () {
    const path = socketPath();
    const env = { ...process.env, LISTEN_PID: "1", LISTEN_FDS: "1" };
    const server = startProcess(process.execPath, [program, path, "300"], { env });
    while (!existsSync(path)) yield* until(new Promise((resolve) => setImmediate(resolve)));
    expect(yield* ask(path)).to.contain(` from ${server.pid}\n`);
    expect(yield* until(server.line())).to.equal(undefined);
    expect(existsSync(path)).to.equal(false);
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

/** Listens, and starts the program each time a client waits, as systemd does. */
const activator = `
import os, select, socket, sys
l = socket.socket(socket.AF_UNIX)
l.bind(sys.argv[1])
l.listen(5)
print("listening", flush=True)
while True:
    select.select([l], [], [])
    pid = os.fork()
    if pid == 0:
        os.dup2(l.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="clock")
        os.execv(sys.argv[2], sys.argv[2:])
    print(pid, flush=True)
    print("ended with", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
`;
