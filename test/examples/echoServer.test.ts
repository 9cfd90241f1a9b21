import { expect } from "chai";
import { brecv, bsend, ipaddrLocal, now, run, tcpConnect } from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { startProgram, stopProcesses } from "../support/process.js";
import { until } from "../support/until.js";

describe("the echo server", () => {
  afterEach(stopProcesses);

  it("echoes to many at once, and says goodbye to all of them on SIGTERM", async () => {
    const server = startProgram("examples/echo-server/main.js", "0");
    const [, port] = /^listening on (\d+)$/.exec((await server.line()) ?? "") ?? [];
    await run(
      (function* () {
        const addr = ipaddrLocal("127.0.0.1", Number(port));
        const clients = [yield* tcpConnect(addr, -1), yield* tcpConnect(addr, -1)];
        for (const [i, s] of clients.entries()) {
          const bytes = Buffer.alloc(300_000, String(i));
          yield* bsend(s, bytes, now() + 2000);
          expect((yield* brecv(s, bytes.length, now() + 2000)).equals(bytes)).to.equal(true);
        }
        server.signal("SIGTERM");
        for (const s of clients) {
          expect(String(yield* brecv(s, 8, now() + 2000))).to.equal("goodbye\n");
          expect(yield* codeOf(brecv(s, 1, now() + 2000))).to.equal("EPIPE");
        }
        const { status, stdout, stderr } = yield* until(server.ended());
        expect([status, stderr]).to.deep.equal([0, ""]);
        const client = "a client from 127.0.0.1\n";
        expect(stdout).to.equal(`listening on ${port}\n${client}${client}shutting down\nbye\n`);
      })(),
    );
  });

  it("ends with an error if it can't have its port", async () => {
    const first = startProgram("examples/echo-server/main.js", "0");
    const [, port = ""] = /^listening on (\d+)$/.exec((await first.line()) ?? "") ?? [];
    const { status, stderr } = await startProgram("examples/echo-server/main.js", port).ended();
    expect(status).to.equal(1);
    expect(stderr).to.contain(`EADDRINUSE: address already in use, tcp_listen '127.0.0.1:${port}'`);
  });
});
