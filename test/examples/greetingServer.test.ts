import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Coroutine,
  hclose,
  ipcConnect,
  type IpcSocket,
  isErrno,
  msleep,
  now,
  run,
} from "libdill-ts";
import { startProgram } from "../support/process.js";

describe("the greeting server", () => {
  let folder = "";
  let path = "";

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "dill-greeting-"));
    path = join(folder, "s");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("greets, and after SIGINT gives the dialogues under way a grace period", async () => {
    const server = startProgram("examples/greeting-server/main.js", path);
    await server.said("listening");
    await run(
      (function* () {
        const mute = yield* ipcConnect(path, -1);
        const late = yield* ipcConnect(path, -1);
        yield* bsend(late, Buffer.from("bo"), -1);
        // Accepted in this order: once the third has its answer, the others are dialogues under way.
        const greeted = yield* ipcConnect(path, -1);
        yield* bsend(greeted, Buffer.from("alice"), -1);
        expect((yield* brecv(greeted, 11, -1)).toString()).to.equal("hello alice");
        hclose(greeted);

        server.signal("SIGINT");
        // It has stopped listening once its file is gone; then the rest of the name is still in time.
        yield* untilGone(path);
        yield* bsend(late, Buffer.from("bby"), -1);
        expect((yield* brecv(late, 11, -1)).toString()).to.equal("hello bobby");
        expect(yield* endOf(mute)).to.be.oneOf(["EPIPE", "ECONNRESET"]);
        hclose(late);
        hclose(mute);
      })(),
    );
    const { status, stdout, stderr } = await server.ended();
    expect(stderr).to.equal("");
    expect(stdout.trim().split("\n").slice(1)).to.deep.equal([
      "greeted alice",
      "shutting down",
      "greeted bobby",
      "a dialogue was cut short",
      "bye",
    ]);
    expect(status).to.equal(130);
  });
});

function* untilGone(path: string): Coroutine {
  while (existsSync(path)) yield* msleep(now() + 1);
}

function* endOf(s: IpcSocket): Coroutine<string> {
  try {
    yield* brecv(s, 1, -1);
    return "bytes";
  } catch (e) {
    return isErrno(e) ? e.code : String(e);
  }
}
