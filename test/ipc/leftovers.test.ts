import { expect } from "chai";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join as joinPath } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  type Coroutine,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  msleep,
  now,
  run,
} from "libdill-ts";
import { it } from "../support/it.js";
import { startFixture, startPython, stopProcesses } from "../support/process.js";
import { socketPath, tempDir } from "../support/tempDir.js";
import { until } from "../support/until.js";

describe("what starts leave behind that are killed in the middle", () => {
  afterEach(stopProcesses);

  it("is removed by the next start of that name, before it returns", function* () {
    for (const unlinkStale of [false, true]) {
      const path = socketPath();
      yield* leave(path, "aaaaaa", ["s", "s~"]);
      yield* leave(path, "bbbbbb", ["0a1b2c3d-0000-4000-8000-000000000000"]);
      yield* leave(path, "cccccc", []);
      const ls = yield* ipcListen(path, 10, { unlinkStale });
      expect(readdirSync(dirname(path))).to.deep.equal(["s"]);
      hclose(yield* ipcConnect(path, -1));
      hclose(yield* ipcAccept(ls, -1));
      hclose(ls);
      expect(readdirSync(dirname(path))).to.deep.equal([]);
    }
  });

  it("is removed where the path or the name is long, and by a relative path", function* () {
    const long = joinPath(tempDir(), "n".repeat(90));
    const first = yield* ipcListen(long, 10);
    hclose(first);
    const prefix = `.ipc-${hash("n".repeat(90))}-`;
    yield* leave(long, "aaaaaa", ["0a1b2c3d-0000-4000-8000-000000000000"], prefix);
    yield* leave(long, "bbbbbb", ["s"], ".ipc-00000000-");
    hclose(yield* ipcListen(long, 10));
    expect(readdirSync(dirname(long))).to.deep.equal([".ipc-00000000-bbbbbb"]); // another name's

    const path = socketPath();
    yield* leave(path, "aaaaaa", ["s"]);
    const before = process.cwd();
    process.chdir(dirname(path));
    try {
      hclose(yield* ipcListen("s", 10));
    } finally {
      process.chdir(before);
    }
    expect(readdirSync(dirname(path))).to.deep.equal([]);
  });

  it("is left alone as long as it may be a start under way, and removed then", function* () {
    const path = socketPath();
    yield* leave(path, "aaaaaa", ["s"], ".s-", 0);
    const ls = yield* ipcListen(path, 10);
    expect(readdirSync(dirname(path))).to.deep.equal([".s-aaaaaa", "s"]);
    yield* msleep(now() + 700);
    expect(readdirSync(dirname(path))).to.deep.equal(["s"]);
    hclose(ls);
  });

  it("stays if the listener is closed before that", function* () {
    const path = socketPath();
    yield* leave(path, "aaaaaa", ["s"], ".s-", 0);
    hclose(yield* ipcListen(path, 10));
    yield* msleep(now() + 700);
    expect(readdirSync(dirname(path))).to.deep.equal([".s-aaaaaa"]);
  });

  it("is only what it looks like: nothing else is touched", function* () {
    const path = socketPath();
    const folder = dirname(path);
    yield* leave(path, "afile0", ["s"]);
    writeFileSync(joinPath(folder, ".s-afile0", "text"), "precious");
    yield* leave(path, "amode0", ["s"]);
    chmodSync(joinPath(folder, ".s-amode0"), 0o755);
    yield* leave(path, "longer0", ["s"]);
    yield* leave(path, "aaaaaa", ["t"], ".t-");
    writeFileSync(joinPath(folder, ".s-cfile0"), "precious");
    const elsewhere = tempDir();
    chmodSync(elsewhere, 0o700);
    symlinkSync(elsewhere, joinPath(folder, ".s-alink0"));
    if (process.getuid?.() === 0) {
      yield* leave(path, "others", ["s"]);
      chownSync(joinPath(folder, ".s-others"), 65534, 65534);
    }
    const live = joinPath(folder, ".s-living");
    mkdirSync(live, { mode: 0o700 });
    const peer = startPython(listen, joinPath(live, "s"));
    expect(yield* until(peer.line())).to.equal("listening");
    age(live);

    const before = readdirSync(folder, { recursive: true });
    hclose(yield* ipcListen(path, 10));
    expect(readdirSync(folder, { recursive: true })).to.have.members(before);
    chmodSync(folder, 0o777); // anybody could put another folder in the place of one that was checked
    yield* leave(path, "zzzzzz", ["s"]);
    hclose(yield* ipcListen(path, 10));
    expect(readdirSync(folder)).to.include(".s-zzzzzz");
    chmodSync(folder, 0o1777);
    hclose(yield* ipcListen(path, 10));
    expect(readdirSync(folder)).not.to.include(".s-zzzzzz");
  });

  it("is gone after many starters that were killed at any moment", async function (this: Mocha.Context) {
    this.timeout(60_000);
    const path = socketPath();
    const killed = async (): Promise<void> => {
      const starter = startFixture("starter", path);
      starter.say("start\nstop\n".repeat(2000));
      await pause(300 + Math.random() * 200);
      await starter.kill();
    };
    for (let i = 0; i < 10; i++) await Promise.all([killed(), killed()]);
    await run(
      (function* () {
        yield* ipcListen(path, 10, { unlinkStale: true });
        yield* msleep(now() + 700);
        expect(readdirSync(dirname(path))).to.deep.equal([basename(path)]);
      })(),
    );
  });
});

/** Leaves a private folder with sockets in it on which nobody listens. */
function* leave(
  path: string,
  suffix: string,
  names: readonly string[],
  prefix = `.${basename(path)}-`,
  seconds = 60,
): Coroutine {
  const folder = joinPath(dirname(path), `${prefix}${suffix}`);
  mkdirSync(folder, { mode: 0o700 });
  const peer = startPython(bind, folder, ...names);
  expect(yield* until(peer.line())).to.equal("bound");
  expect(yield* until(peer.line())).to.equal(undefined);
  if (seconds > 0) age(folder, seconds);
}

function age(folder: string, seconds = 60): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(folder, then, then);
}

/** FNV-1a. */
function hash(name: string): string {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(name)) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}

const bind = `
import os, socket, sys
folder, *names = sys.argv[1:]
os.chdir(folder)
for name in names:
    socket.socket(socket.AF_UNIX).bind(name)
print("bound", flush=True)
`;

const listen = `
import os, socket, sys
os.chdir(os.path.dirname(sys.argv[1]))
s = socket.socket(socket.AF_UNIX)
s.bind("s")
s.listen(5)
print("listening", flush=True)
sys.stdin.read()
`;
