// A peer that sends a gibibyte costs no memory: what nobody wants holds the peer up, and what is received goes again.
import { expect } from "chai";
import type { Coroutine } from "libdill-ts";
import { startPythonAt } from "../support/carriers.js";
import { it } from "../support/it.js";
import { startFixture, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

const gibibyte = 2 ** 30;

/** The reader, what it is sent again and again as Python writes it, and how that ends. */
type Case = readonly [what: string, reader: string, block: string, code: string];

const idle: readonly Case[] = [
  ["bytes", "takes nothing", 'b"x" * (1 << 20)', "none"],
  ["bytes", "takes one byte", 'b"x" * (1 << 20)', "none"],
  ["messages", "takes one message", 'b"\\0\\0\\0\\1x" * (1 << 18)', "none"],
  ["lines", "takes one line", 'b"x\\n" * (1 << 19)', "none"],
  ["heads", "takes one head", 'b"GET / HTTP/1.1\\r\\n\\r\\n" * (1 << 16)', "none"],
];

const request = 'b"GET / HTTP/1.1\\r\\n"';

const refused: readonly Case[] = [
  ["headers of messages without end", "prefix", 'b"\\xff" * (1 << 20)', "EMSGSIZE"],
  ["a message, and then garbage", "prefix", 'b"\\0\\0\\1\\0" + b"x" * (1 << 20)', "EMSGSIZE"],
  ["a line without end", "suffix", 'b"x" * (1 << 20)', "EMSGSIZE"],
  ["half a delimiter, again and again", "suffix", 'b"\\r" * (1 << 20)', "EMSGSIZE"],
  ["a terminator that does not end", "term", 'b"bye" * (1 << 20)', "EMSGSIZE"],
  ["a target without end", "http", 'b"GET /" + b"x" * (1 << 20)', "EMSGSIZE"],
  ["fields without end", "http", `${request} + b"a: b\\r\\n" * (1 << 18)`, "EMSGSIZE"],
  ["a field without end", "http", `${request} + b"a: " + b"b" * (1 << 20)`, "EMSGSIZE"],
  ["empty lines", "http", 'b"\\r\\n" * (1 << 19)', "EPROTO"],
  ["zeros", "http", 'b"\\0" * (1 << 20)', "EPROTO"],
];

const message = 'b"\\0\\1\\0\\0" + b"x" * (1 << 16)';
const line = 'b"x" * (1 << 16) + b"\\r\\n"';
const fields = '(b"a:" + b"b" * 8000 + b"\\r\\n") * 8';

const taken: readonly Case[] = [
  ["messages", "prefix", `(${message}) * 16`, "EPIPE"],
  ["messages of the greatest size", "prefix", 'b"\\1\\0\\0\\0" + b"x" * (1 << 24)', "EPIPE"],
  ["lines", "suffix", `(${line}) * 16`, "EPIPE"],
  ["lines", "term", `(${line}) * 16`, "EPIPE"],
  ["messages, but no terminator", "termDetach", `(${message}) * 16`, "none"],
  ["heads", "http", `(${request} + ${fields} + b"\\r\\n") * 16`, "EPIPE"],
];

describe("a peer that sends without end", function () {
  this.timeout(60_000);
  afterEach(stopProcesses);

  for (const [what, reader, block, code] of idle) {
    for (const over of ["ipc", "tcp"]) {
      it(`of ${what} is held up by a reader that ${reader}, over ${over}`, function* () {
        heldUp(yield* flood(reader, over, block, refusal), code);
      });
    }
  }

  for (const [what, reader, block, code] of refused) {
    it(`of ${what} is held up by ${reader}, after ${code}`, function* () {
      heldUp(yield* flood(reader, "ipc", block, refusal), code);
    });
  }

  for (const [what, reader, block, code] of taken) {
    it(`of ${what} is received by ${reader} in constant memory`, function* () {
      const total = reader === "http" ? gibibyte / 4 : gibibyte; // each byte is looked at
      const { ended, sent, growth } = yield* flood(reader, "ipc", block, { total, patience: -1 });
      expect(ended).to.equal(code);
      expect(sent).to.be.at.least(total);
      // Messages that were received wait for the garbage collector.
      for (const bytes of Object.values(growth)) expect(bytes).to.be.below(192 << 20);
    });
  }
});

interface Manner {
  readonly total: number;
  /** When nothing has gone for so many milliseconds, the other one must have stopped; -1 waits for ever. */
  readonly patience: number;
}

const refusal: Manner = { total: gibibyte, patience: 200 };

function heldUp({ ended, sent, growth }: Flooded, code: string): void {
  expect(ended).to.equal(code);
  expect(sent).to.be.below(64 << 20); // the buffers of the system
  for (const bytes of Object.values(growth)) expect(bytes).to.be.below(32 << 20);
}

interface Flooded {
  readonly ended: string;
  /** In bytes. */
  readonly sent: number;
  readonly growth: Readonly<Record<"heap" | "outside" | "peak", number>>;
}

function* flood(reader: string, over: string, block: string, manner: Manner): Coroutine<Flooded> {
  const peer = startFixture("floodedReader", reader, ...(over === "ipc" ? [socketPath()] : []));
  const read = function* <T>(): Coroutine<T> {
    return JSON.parse((yield* until(peer.line())) ?? "null") as T;
  };
  const { where } = yield* read<{ where: string }>();
  const flooder = startPythonAt(where, flooding(block, manner));
  const { code } = yield* read<{ code: string }>();
  const sent = Number(yield* until(flooder.line()));
  peer.say("report");
  const growth = yield* read<Flooded["growth"]>();
  return { ended: code, sent, growth };
}

/** A program that says how much it has sent. */
const flooding = (block: string, { total, patience }: Manner): string => `
import select
block = ${block}
sent = 0
s.setblocking(False)
view = memoryview(block)
writable = select.poll()
writable.register(s, select.POLLOUT)
while sent < ${total} or sent % len(block) > 0:
    if not writable.poll(${patience}): break
    sent += s.send(view[sent % len(block):])
s.shutdown(socket.SHUT_WR)
print(sent, flush=True)
sys.stdin.read()
`;
