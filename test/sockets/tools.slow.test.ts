// socat and ncat, which pass on what they read: from their standard input, or from a program that they start.
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  join,
  mrecv,
  msend,
  now,
  type Operation,
  suffixAttach,
  suffixDetach,
} from "libdill-ts";
import { type Carrier, overCarriers, sendUntilItFails } from "../support/carriers.js";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { freePlace, startListener, startPeer } from "../support/peers.js";
import { type OtherProcess, stopProcesses } from "../support/process.js";
import { until } from "../support/until.js";

interface Tool {
  readonly name: "socat" | "ncat";
  /** Whether it goes on when we have ended our direction. */
  readonly takesHalfClose: boolean;
  /** What it says once it listens. */
  readonly ready: string;
  /** The arguments to listen at a place or to connect there, and to start a program or none. */
  readonly args: (role: Role, where: string, program: string | null) => readonly string[];
}

type Role = "listens" | "connects";

const socat: Tool = {
  name: "socat",
  takesHalfClose: true,
  ready: "listening on",
  args(role, where, program) {
    const type = role === "listens" ? "-LISTEN" : "-CONNECT";
    const [host = "", port] = where.split(" ");
    const at =
      port === undefined
        ? `UNIX${type}:${where}`
        : role === "listens"
          ? `TCP${type}:${port},bind=${host},reuseaddr`
          : `TCP${type}:${host}:${port}`;
    // It gives the other direction half a second otherwise.
    return ["-d", "-d", "-t", "60", at, program === null ? "-" : `EXEC:${program}`];
  },
};

const ncat: Tool = {
  name: "ncat",
  takesHalfClose: false,
  ready: "Listening on",
  args(role, where, program) {
    const at = where.startsWith("/") ? ["-U", where] : where.split(" ");
    const execute = program === null ? [] : ["--exec", program];
    return ["-v", ...(role === "listens" ? ["-l"] : []), ...at, ...execute];
  },
};

interface Meeting {
  readonly s: Bytestream;
  readonly peer: OtherProcess;
}

for (const tool of [socat, ncat]) {
  for (const role of ["listens", "connects"] as const) {
    overCarriers(`${tool.name}, which ${role}`, (carrier) => {
      const meet = (program: string | null): Coroutine<Meeting> =>
        meetOver(carrier, tool, role, program);

      afterEach(stopProcesses);

      it("carries lines both ways", function* () {
        const { s } = yield* meet("/bin/cat");
        const lines = suffixAttach(s, "\n");
        // ncat does not read what cat says while it writes to it: no more than fits into a pipe.
        for (const line of ["one", "", "x".repeat(60_000), "four"]) {
          yield* msend(lines, Buffer.from(line), -1);
          expect(String(yield* mrecv(lines, soon()))).to.equal(line);
        }
        hclose(lines);
      });

      it("passes our end on, and what is answered behind that, unless it ends then", function* () {
        const { s } = yield* meet("/usr/bin/sort");
        const sending = suffixAttach(s, "\n");
        for (const line of ["b", "c", "a"]) yield* msend(sending, Buffer.from(line), -1);
        const between = suffixDetach(sending);
        yield* carrier.done(between, -1);
        const receiving = suffixAttach(between, "\n");
        for (const line of tool.takesHalfClose ? ["a", "b", "c"] : []) {
          expect(String(yield* mrecv(receiving, soon()))).to.equal(line);
        }
        expect(yield* codeOf(mrecv(receiving, soon()))).to.equal("EPIPE");
        hclose(receiving);
      });

      it("passes an end on to us, behind which it takes our answer", function* () {
        const { s, peer } = yield* meet(null);
        peer.say("question");
        peer.sayNoMore();
        expect(String(yield* brecv(s, 9, soon()))).to.equal("question\n");
        expect(yield* codeOf(brecv(s, 1, soon()))).to.equal("EPIPE");
        yield* bsend(s, Buffer.from("answer\n"), -1);
        yield* until(peer.said("answer\n"));
        yield* carrier.close(s, soon());
        expect((yield* until(peer.ended())).status).to.equal(0);
      });

      it("is killed between two messages: EPIPE, and ECONNRESET for a sender", function* () {
        const { s, peer } = yield* meet(null);
        peer.say("whole");
        expect(String(yield* brecv(s, 6, soon()))).to.equal("whole\n");
        const receiver = start(codeOf(brecv(s, 1, soon())));
        yield* until(peer.kill());
        expect(yield* receiver.value()).to.equal("EPIPE");
        expect(yield* sendUntilItFails(s)).to.equal("ECONNRESET");
        hclose(s);
      });

      it("is killed in the middle of a message: ECONNRESET", function* () {
        const { s, peer } = yield* meet(null);
        const lines = suffixAttach(s, "\r\n");
        peer.say("whole\r\nhalf");
        expect(String(yield* mrecv(lines, soon()))).to.equal("whole");
        const receiver = start(codeOf(mrecv(lines, soon())));
        yield* until(peer.kill());
        expect(yield* receiver.value()).to.equal("ECONNRESET");
        hclose(lines);
      });

      it("is killed before it has read what we sent: ECONNRESET", function* () {
        const { s, peer } = yield* meet(null);
        peer.signal("SIGSTOP");
        yield* bsend(s, Buffer.from("never read"), -1);
        const receiver = start(codeOf(brecv(s, 1, soon())));
        yield* until(peer.kill());
        expect(yield* receiver.value()).to.equal("ECONNRESET");
        hclose(s);
      });
    });
  }
}

function* meetOver(
  carrier: Carrier,
  tool: Tool,
  role: Role,
  program: string | null,
): Coroutine<Meeting> {
  if (role === "listens") {
    const where = yield* until(freePlace(carrier));
    const args = tool.args(role, where, program);
    const peer = yield* until(startListener(tool.name, args, tool.ready));
    return { s: yield* carrier.dial(where, soon()), peer };
  }
  const { ls, where } = yield* carrier.listen(1);
  const peer = startPeer(tool.name, tool.args(role, where, program));
  const s = yield* carrier.accept(ls, soon());
  hclose(ls);
  return { s, peer };
}

/** Runs the operation beside the caller's; the value can be asked for once. */
function start<T>(operation: Operation<T>): { value(): Coroutine<T> } {
  const h = go(
    (function* () {
      return yield* operation;
    })(),
  );
  return {
    *value() {
      const value = yield* join(h, -1);
      hclose(h);
      return value;
    },
  };
}

function soon(): number {
  return now() + 4000;
}
