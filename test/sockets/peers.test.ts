import { expect } from "chai";
import {
  brecv,
  bsend,
  type Coroutine,
  hclose,
  ipcConnect,
  ipcDone,
  type IpcSocket,
  now,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { type Peer, python, stopPeers } from "../support/peer.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

describe("a peer that is not ours", () => {
  afterEach(stopPeers);

  it("echoes many small messages and one of 16 MiB, whole and in order", function* () {
    const { s } = yield* dial(`
while True:
    b = c.recv(65536)
    if not b: break
    c.sendall(b)
`);
    for (let i = 0; i < 500; i++) {
      yield* bsend(s, Buffer.from(String(i).padStart(8)), -1);
    }
    for (let i = 0; i < 500; i++) {
      expect((yield* brecv(s, 8, -1)).toString()).to.equal(String(i).padStart(8));
    }
    hclose(s);
  });

  it("takes 16 MiB without losing a byte, and answers after our end", function* () {
    const { s } = yield* dial(`
import hashlib
h = hashlib.sha1()
while True:
    b = c.recv(65536)
    if not b: break
    h.update(b)
c.sendall(h.hexdigest().encode())
`);
    const { createHash } = yield* until(import("node:crypto"));
    const bytes = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * 7) & 255));
    const hash = createHash("sha1");
    for (let i = 0; i < 16; i++) {
      hash.update(bytes);
      yield* bsend(s, bytes, -1);
    }
    yield* ipcDone(s, -1);
    expect((yield* brecv(s, 40, -1)).toString()).to.equal(hash.digest("hex"));
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    hclose(s);
  });

  it("that is killed in the middle of a message is an end in the middle: EPIPE", function* () {
    const { s, peer } = yield* dial(`
c.sendall(b"half")
import time
time.sleep(60)
`);
    expect((yield* brecv(s, 2, -1)).toString()).to.equal("ha");
    yield* until(peer.kill());
    expect(yield* codeOf(brecv(s, 8, -1))).to.equal("EPIPE");
    expect(yield* codeOf(bsend(s, Buffer.from("x"), -1))).to.equal("ECONNRESET");
    hclose(s);
  });

  it("that never reads makes a send run into its deadline", function* () {
    const { s } = yield* dial(`
import time
time.sleep(60)
`);
    expect(yield* codeOf(bsend(s, Buffer.alloc(8_000_000), now() + 30))).to.equal("ETIMEDOUT");
    hclose(s);
  });
});

/** Connects to a Python program that has accepted us as `c`. */
function* dial(program: string): Coroutine<{ s: IpcSocket; peer: Peer }> {
  const path = socketPath();
  const peer = python(
    `import socket, sys
l = socket.socket(socket.AF_UNIX)
l.bind(sys.argv[1])
l.listen(1)
print("ready", flush=True)
c = l.accept()[0]
${program}`,
    path,
  );
  expect(yield* until(peer.line())).to.equal("ready");
  return { s: yield* ipcConnect(path, -1), peer };
}
