import { expect } from "chai";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  utimesSync,
} from "node:fs";
import { basename, dirname, join as joinPath } from "node:path";
import {
  type Coroutine,
  go,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  msleep,
  now,
  run,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { type OtherProcess, startFixture, startPython, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

const isRoot = process.getuid?.() === 0;

describe("taking over a dead socket file", () => {
  afterEach(stopProcesses);

  it("leaves no folder if the process exits in the middle", function* () {
    const path = socketPath();
    yield* leaveStale(path);
    expect(yield* until(startFixture("exiting", path).ended())).to.include({ status: 0 });
    expect(readdirSync(dirname(path))).to.deep.equal([basename(path)]);
  });

  it("can't be blocked by others who may write to a sticky directory", function* () {
    if (!isRoot) return; // only root can be somebody else for a while
    const path = socketPath();
    yield* leaveStale(path);
    chmodSync(dirname(path), 0o1777);
    const blocker = startPython(block, path, String(statSync(path).ino));
    expect(yield* until(blocker.line())).to.equal("blocking");
    const start = now();
    const ls = yield* ipcListen(path, 10, { unlinkStale: true });
    expect(now() - start).to.be.lessThan(500);
    hclose(yield* ipcConnect(path, -1));
    hclose(yield* ipcAccept(ls, -1));
    blocker.say("stop");
    expect(yield* until(blocker.line())).to.equal("0 connections");
  });

  it("has exactly one winner, though others make and remove claims all the time", async function (this: Mocha.Context) {
    if (!isRoot) return;
    this.timeout(30_000);
    const path = socketPath();
    chmodSync(dirname(path), 0o1777);
    await run(leaveStale(path));
    const stormer = startPython(storm, path);
    expect(await stormer.line()).to.equal("storming");
    await contest(path, 4, 8, false);
  });

  it("has exactly one winner of many, where killed ones have left claims", async function (this: Mocha.Context) {
    this.timeout(30_000);
    const path = socketPath();
    await contest(path, 6, 10, true);
  });

  it("waits for a living claim, and gives up with EADDRINUSE", function* () {
    const path = socketPath();
    yield* leaveStale(path);
    const { peer } = yield* claim(path, "000000");
    const start = now();
    expect(yield* codeOf(ipcListen(path, 10, { unlinkStale: true }))).to.equal("EADDRINUSE");
    expect(now() - start).to.be.within(900, 3000);
    yield* until(peer.kill());
    const ls = yield* ipcListen(path, 10, { unlinkStale: true });
    hclose(yield* ipcConnect(path, -1));
    hclose(yield* ipcAccept(ls, -1));
  });

  it("goes on as soon as the claim that it waits for has been lowered", function* () {
    const path = socketPath();
    yield* leaveStale(path);
    const { peer } = yield* claim(path, "000000");
    const listening = go(
      (function* () {
        hclose(yield* ipcListen(path, 10, { unlinkStale: true }));
      })(),
    );
    yield* msleep(now() + 50);
    expect(existsSync(path)).to.equal(true);
    yield* until(peer.kill());
    const limit = now() + 2000;
    while (existsSync(path) && now() < limit) yield* msleep(now() + 2);
    hclose(listening);
    expect(existsSync(path)).to.equal(false);
  });

  it("goes on where a starter died with its claim raised, and removes what that left", function* () {
    const path = socketPath();
    yield* leaveStale(path);
    const { peer, folder } = yield* claim(path, "000000");
    yield* until(peer.kill());
    utimesSync(folder, 1, 1);
    yield* ipcListen(path, 10, { unlinkStale: true });
    expect(readdirSync(dirname(path))).to.deep.equal([basename(path)]);
  });

  it("leaves nothing of its own when it is canceled while it waits", function* () {
    const path = socketPath();
    yield* leaveStale(path);
    yield* claim(path, "zzzzzz");
    const listening = go(
      (function* () {
        yield* ipcListen(path, 10, { unlinkStale: true });
      })(),
    );
    yield* msleep(now() + 30);
    hclose(listening);
    expect(readdirSync(dirname(path))).to.deep.equal([".s-zzzzzz", "s"]);
  });

  it("shows the probes of other starters to no accept", function* () {
    const path = socketPath();
    yield* leaveStale(path);
    const { peer } = yield* claim(path, "zzzzzz");
    const listening = go(
      (function* () {
        const ls = yield* ipcListen(path, 10, { unlinkStale: true });
        expect(yield* codeOf(ipcAccept(ls, now() + 20))).to.equal("ETIMEDOUT");
      })(),
    );
    const limit = now() + 1000;
    let knocked = false;
    while (!knocked && now() < limit) {
      yield* msleep(now() + 2);
      for (const name of readdirSync(dirname(path))) {
        const found = joinPath(dirname(path), name, "s");
        if (name === ".s-zzzzzz" || !name.startsWith(".s-") || !existsSync(found)) continue;
        const s = yield* ipcConnect(found, now() + 500);
        hclose(s);
        knocked = true;
      }
    }
    expect(knocked).to.equal(true);
    yield* msleep(now() + 10);
    yield* until(peer.kill());
    yield* msleep(now() + 100);
    hclose(listening);
  });
});

/** Several processes start at once, again and again; exactly one of them may get the file. */
async function contest(
  path: string,
  count: number,
  rounds: number,
  leaveClaims: boolean,
): Promise<void> {
  const starters = Array.from({ length: count }, () => startFixture("starter", path));
  for (let round = 0; round < rounds; round++) {
    if (!existsSync(path)) await run(leaveStale(path));
    if (leaveClaims) {
      await run(
        (function* () {
          for (const suffix of ["000000", "zzzzzz"]) {
            const { peer } = yield* claim(path, suffix + round, true);
            yield* until(peer.kill());
          }
        })(),
      );
    }
    for (const starter of starters) starter.say("start");
    const outcomes = await Promise.all(starters.map(async (starter) => starter.line()));
    expect(
      outcomes.filter((outcome) => outcome === "listening"),
      String(outcomes),
    ).to.have.length(1);
    expect(
      outcomes.filter((outcome) => outcome === "EADDRINUSE"),
      String(outcomes),
    ).to.have.length(count - 1);
    await run(knock(path));
    for (const starter of starters) starter.say("stop");
    await Promise.all(starters.map(async (starter) => starter.line()));
  }
}

function* knock(path: string): Coroutine {
  hclose(yield* ipcConnect(path, now() + 2000));
}

/** Leaves a socket file that nobody listens on. */
function* leaveStale(path: string): Coroutine {
  const peer = startPython(bound, path);
  expect(yield* until(peer.line())).to.equal("bound");
  expect(yield* until(peer.line())).to.equal(undefined);
}

/** A starter of ours that has raised its claim, and then stops for good. */
function* claim(
  path: string,
  suffix: string,
  isShort = false,
): Coroutine<{ peer: OtherProcess; folder: string }> {
  const folder = joinPath(dirname(path), `.s-${isShort ? suffix.slice(-6) : suffix}`);
  mkdirSync(folder, { mode: 0o700 });
  const peer = startPython(listening, joinPath(folder, "s"));
  expect(yield* until(peer.line())).to.equal("listening");
  linkSync(joinPath(folder, "s"), joinPath(folder, "s~"));
  return { peer, folder };
}

const bound = `
import os, socket, sys
os.chdir(os.path.dirname(sys.argv[1]))
s = socket.socket(socket.AF_UNIX)
s.bind("~")
os.rename("~", os.path.basename(sys.argv[1]))
print("bound", flush=True)
`;

const listening = `
import os, socket, sys
os.chdir(os.path.dirname(sys.argv[1]))
s = socket.socket(socket.AF_UNIX)
s.bind("s")
s.listen(100)
print("listening", flush=True)
sys.stdin.read()
`;

const becomeNobody = `
import os, select, socket, sys
def listener(path):
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    os.chmod(path, 0o777)
    s.listen(100)
    return s
os.chdir(os.path.dirname(sys.argv[1]))
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
`;

/** Puts whatever it can in the way: files, links, and folders with claims on which it listens. */
const block = `${becomeNobody}
open(".takeover-" + sys.argv[2], "w").close()
listeners = [listener(".s-socket"), listener(".s~")]
for name, mode in ((".s-000000", 0o700), (".s-00000a", 0o777), (".s-00000b", 0o1700)):
    os.mkdir(name)
    listeners.append(listener(name + "/s"))
    listeners.append(listener(name + "/s~"))
    os.chmod(name, mode)
open(".s-afile0", "w").close()
os.symlink(".s-000000", ".s-alink0")
os.symlink(".", ".s-adot00")
os.symlink("/nowhere", ".s-dangle")
try: os.link("s", ".s-linked")
except OSError: pass
print("blocking", flush=True)
sys.stdin.readline()
print(len(select.select(listeners, [], [], 0)[0]), "connections", flush=True)
sys.stdin.read()
`;

const storm = `${becomeNobody}
print("storming", flush=True)
names = [".s-%06d" % i for i in range(20)]
while os.getppid() != 1:
    for name in names:
        os.mkdir(name, 0o700)
        s = listener(name + "/s~")
        s.close()
    for name in names:
        os.unlink(name + "/s~")
        os.rmdir(name)
`;
