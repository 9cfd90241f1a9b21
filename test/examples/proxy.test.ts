import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcDone,
  ipcListen,
  type IpcListener,
  type IpcSocket,
  isErrno,
  run,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { type OtherProcess, startProgram } from "../support/process.js";
import { tempDir } from "../support/tempDir.js";

describe("the proxy", () => {
  it("passes bytes on both ways, and each end as an end", async () => {
    await withProxy(function* (ls, front) {
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
      const client = yield* ipcConnect(front, -1);
      const server = yield* ipcAccept(ls, -1);
      const all = bundle();
      bundleGo(all, echo(server));
      bundleGo(
        all,
        (function* () {
          yield* bsend(client, bytes, -1);
          yield* ipcDone(client, -1);
        })(),
      );
      expect((yield* brecv(client, bytes.length, -1)).equals(bytes)).to.equal(true);
      expect(yield* codeOf(brecv(client, 1, -1))).to.equal("EPIPE");
      yield* bundleWait(all, -1);
      for (const h of [all, client, server]) hclose(h);
    });
  });

  it("ends the session of a client that goes away, and the client of a server that is none", async () => {
    await withProxy(function* (ls, front) {
      const client = yield* ipcConnect(front, -1);
      const server = yield* ipcAccept(ls, -1);
      yield* bsend(server, Buffer.from("unread"), -1);
      yield* brecv(client, 1, -1);
      hclose(client);
      expect(yield* codeOf(brecv(server, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
      hclose(server);
      hclose(ls);
      const other = yield* ipcConnect(front, -1);
      expect(yield* codeOf(brecv(other, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
      hclose(other);
    });
  });

  it("gives sessions a grace period, then cancels them, and ends with 0", async () => {
    const { output } = await withProxy(function* (ls, front, proxy) {
      const client = yield* ipcConnect(front, -1);
      const server = yield* ipcAccept(ls, -1);
      proxy.signal("SIGTERM");
      expect(yield* codeOf(brecv(client, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
      for (const h of [client, server]) hclose(h);
      return "told";
    });
    expect(output).to.contain("a session was cut short");
  });
});

/** Returns "told" if it has told the proxy to end. */
type Scene = (ls: IpcListener, front: string, proxy: OtherProcess) => Coroutine<void | "told">;

/** Runs the scene with a proxy before the listener; afterwards, or when the scene tells it to, it ends in order. */
async function withProxy(scene: Scene) {
  const folder = tempDir();
  const [front, back] = [join(folder, "front"), join(folder, "back")];
  const proxy = startProgram("examples/proxy/main.js", front, back);
  await proxy.said("listening");
  const isTold = await run(
    (function* () {
      return (yield* scene(yield* ipcListen(back, 10), front, proxy)) === "told";
    })(),
  );
  if (!isTold) proxy.signal("SIGTERM"); // a second one would end it at once
  const ended = await proxy.ended();
  expect(ended.status, ended.output).to.equal(0);
  expect(existsSync(front)).to.equal(false);
  return ended;
}

function* echo(s: IpcSocket): Coroutine {
  try {
    for (;;) yield* bsend(s, yield* brecvSome(s, 10_000, -1), -1);
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
    yield* ipcDone(s, -1);
  }
}
