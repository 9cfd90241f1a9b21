import { expect } from "chai";
import {
  type Coroutine,
  hclose,
  ipaddrLocal,
  isErrno,
  mrecv,
  msend,
  now,
  run,
  suffixAttach,
  type SuffixSocket,
  tcpConnect,
  type TcpSocket,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { type OtherProcess, startProgram, startPython, stopProcesses } from "../support/process.js";

type Client = SuffixSocket<TcpSocket>;

const question = "What's your name?";

const pythonClient = `
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
lines = s.makefile("rwb")
asked = lines.readline()
lines.write(sys.argv[2].encode() + b"\\r\\n")
lines.flush()
print([asked, lines.readline(), lines.read()])
`;

describe("the greetserver", () => {
  afterEach(stopProcesses);

  it("greets our clients and Python's by their names, counts them, and ends after the third", async () => {
    const { server, port } = await startServer("3");
    const bob = startPython(pythonClient, String(port), "Bob");
    const asked = `[b"${question}\\r\\n", b'Hello, Bob!\\r\\n', b'']\n`;
    expect((await bob.ended()).output).to.equal(asked);
    await run(
      (function* () {
        const slow = yield* connect(port);
        const quick = yield* connect(port); // the last that is accepted
        yield* greeted(quick, "Bartholomaeus");
        yield* greeted(slow, "Zoë");
      })(),
    );
    const { status, output } = await server.ended();
    expect(status).to.equal(0);
    expect(output.split("\n")).to.deep.equal([
      `listening on ${port}`,
      "active: 1  succeeded: 0  failed: 0",
      "active: 0  succeeded: 1  failed: 0",
      "active: 1  succeeded: 1  failed: 0",
      "active: 2  succeeded: 1  failed: 0",
      "active: 1  succeeded: 2  failed: 0",
      "active: 0  succeeded: 3  failed: 0",
      "",
    ]);
  });

  it("accepts nobody after the last connection, while a dialogue is under way", async () => {
    const { server, port } = await startServer("1");
    await run(
      (function* () {
        const s = yield* connect(port);
        yield* untilRefused(port);
        yield* greeted(s, "Alice");
      })(),
    );
    expect(await lastLineOf(server)).to.equal("active: 0  succeeded: 1  failed: 0");
  });

  it("counts as failed who goes away, who has too long a name, and who says nothing until the end", async () => {
    const { server, port } = await startServer("4", "50");
    await run(
      (function* () {
        hclose(yield* connect(port));
        const wordy = yield* connect(port);
        yield* msend(wordy, Buffer.alloc(257, "x"), -1);
        expect(yield* codeOf(mrecv(wordy, now() + 5000))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
        hclose(wordy);
        yield* greeted(yield* connect(port), "x".repeat(256));
        const silent = yield* connect(port);
        expect(yield* codeOf(mrecv(silent, now() + 5000))).to.equal("EPIPE");
        hclose(silent);
      })(),
    );
    expect(await lastLineOf(server)).to.equal("active: 0  succeeded: 1  failed: 3");
  });

  it("lets the dialogues finish on SIGTERM, too", async () => {
    const { server, port } = await startServer("1000000");
    await run(
      (function* () {
        const s = yield* connect(port);
        server.signal("SIGTERM");
        yield* untilRefused(port);
        yield* greeted(s, "Alice");
      })(),
    );
    expect(await lastLineOf(server)).to.match(/^active: 0 {2}succeeded: 1 /);
  });

  it("can't open a port that is none", async () => {
    const { status, stderr } = await startProgram("examples/greetserver/main.js", "70000").ended();
    expect(status).to.equal(1);
    expect(stderr).to.contain("EINVAL");
  });
});

async function startServer(...args: readonly string[]) {
  const server = startProgram("examples/greetserver/main.js", "0", ...args);
  const [, port] = /^listening on (\d+)$/.exec((await server.line()) ?? "") ?? [];
  return { server, port: Number(port) };
}

/** Connects, and waits for the question: the client has been accepted then. */
function* connect(port: number): Coroutine<Client> {
  const s = suffixAttach(yield* tcpConnect(ipaddrLocal("127.0.0.1", port), now() + 5000), "\r\n");
  expect(String(yield* mrecv(s, now() + 5000))).to.equal(question);
  return s;
}

/** Connects until nobody listens any more. */
function* untilRefused(port: number): Coroutine {
  for (;;) {
    try {
      hclose(yield* tcpConnect(ipaddrLocal("127.0.0.1", port), now() + 5000));
    } catch (error) {
      if (isErrno(error, "ECONNREFUSED")) return;
      if (!isErrno(error, "ECONNRESET")) throw error; // the listener was closed in this very moment
    }
  }
}

/** Says the name, and hears the greeting and the end. */
function* greeted(s: Client, name: string): Coroutine {
  yield* msend(s, Buffer.from(name), now() + 5000);
  expect(String(yield* mrecv(s, now() + 5000))).to.equal(`Hello, ${name}!`);
  expect(yield* codeOf(mrecv(s, now() + 5000))).to.equal("EPIPE");
  hclose(s);
}

async function lastLineOf(server: OtherProcess): Promise<string | undefined> {
  const { status, stdout, stderr } = await server.ended();
  expect([status, stderr]).to.deep.equal([0, ""]);
  return stdout.split("\n").at(-2);
}
