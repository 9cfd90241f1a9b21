// A program in C that knows only what goes over the wire, in both roles.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import {
  type Bytestream,
  type Coroutine,
  hclose,
  type MessageSocket,
  mrecv,
  msend,
  now,
  prefixAttach,
  prefixDetach,
  type PrefixSocket,
  suffixAttach,
  suffixDetach,
  type SuffixSocket,
  termAttach,
  termDetach,
  termDone,
} from "libdill-ts";
import { type Carrier, overCarriers } from "../support/carriers.js";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { programAt } from "../support/peers.js";
import { type OtherProcess, startProcess, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

interface Protocol {
  /** As the program in C calls it. */
  readonly name: string;
  readonly attach: (s: Bytestream) => MessageSocket;
  readonly detach: (s: MessageSocket) => Bytestream;
  readonly messages: readonly string[];
}

const longest = 100_000;
const usual = ["hello", "", "x", "y".repeat(longest), "z\r"];

function prefix(hdrlen: number, littleEndian: boolean): Protocol {
  const most = 256 ** hdrlen - 1;
  return {
    name: `prefix:${hdrlen}:${littleEndian ? "le" : "be"}`,
    attach: (s) => prefixAttach(s, hdrlen, { littleEndian }),
    detach: (s) => prefixDetach(s as PrefixSocket),
    // Both bytes of a length at least, where there are two, so that their order matters.
    messages: [
      ...usual.map((text) => text.slice(0, most)),
      "a".repeat(255),
      "b".repeat(Math.min(most, 258)),
    ],
  };
}

function suffix(delimiter: string): Protocol {
  return {
    name: `suffix:${Buffer.from(delimiter).toString("hex")}`,
    attach: (s) => suffixAttach(s, delimiter, { maxSize: longest }),
    detach: (s) => suffixDetach(s as SuffixSocket),
    messages: usual,
  };
}

const prefixes = Array.from({ length: 8 }, (_, i) => [prefix(i + 1, false), prefix(i + 1, true)]);
const suffixes = [suffix("\n"), suffix("\r\n"), suffix("\0"), suffix("=".repeat(32))];
const protocols = [...prefixes.flat(), ...suffixes];

const terms: readonly (readonly [terminator: string, beneath: Protocol])[] = [
  ["bye", prefix(1, false)],
  ["\x01".repeat(32), prefix(4, true)],
  ["", prefix(2, false)],
  ["STOP", suffix("\r\n")],
  ["", suffix("\r\n")],
];

type Role = "listens" | "connects";

let program = "";

describe("a peer in C", () => {
  before("is compiled", () => {
    program = join(mkdtempSync(join(tmpdir(), "t-")), "wire");
    const source = fileURLToPath(new URL("../../../test/fixtures/wire.c", import.meta.url));
    const args = ["-O1", "-Wall", "-Wextra", "-Werror", "-o", program, source];
    const { status, stderr } = spawnSync(programAt("cc"), args);
    expect(status, String(stderr)).to.equal(0);
  });

  after(() => {
    rmSync(dirname(program), { recursive: true });
  });

  for (const role of ["listens", "connects"] as const) {
    overCarriers(`which ${role}`, (carrier) => {
      afterEach(stopProcesses);

      for (const protocol of protocols) {
        it(`speaks ${protocol.name}`, function* () {
          const { s, peer } = yield* meet(carrier, role, protocol.name);
          const messageSocket = protocol.attach(s);
          yield* echo(messageSocket, protocol.messages);
          // All at once, so that the messages of both lie together.
          for (const text of usual) yield* msend(messageSocket, Buffer.from(text.slice(0, 9)), -1);
          for (const text of usual)
            expect(yield* next(messageSocket)).to.equal(upper(text.slice(0, 9)));
          const bare = protocol.detach(messageSocket);
          yield* carrier.close(bare, soon());
          expect((yield* until(peer.ended())).status).to.equal(0);
        });
      }

      for (const [terminator, beneath] of terms) {
        const name = `term:${hexOf(terminator)}/${beneath.name}`;

        it(`speaks ${name}, and what is beneath after that`, function* () {
          const { s, peer } = yield* meet(carrier, role, name);
          const messages = beneath.messages.filter((text) => text !== terminator);
          const term = termAttach(beneath.attach(s), terminator);
          yield* echo(term, messages);
          yield* termDone(term, -1);
          expect(yield* codeOf(mrecv(term, soon()))).to.equal("EPIPE");
          const carried = yield* termDetach(term, soon());
          yield* echo(carried, ["again", ...messages]);
          yield* carrier.close(beneath.detach(carried), soon());
          expect((yield* until(peer.ended())).status).to.equal(0);
        });
      }
    });
  }
});

interface Meeting {
  readonly s: Bytestream;
  readonly peer: OtherProcess;
}

function* meet(carrier: Carrier, role: Role, protocol: string): Coroutine<Meeting> {
  if (role === "listens") {
    const place = carrier.name === "ipc" ? socketPath() : "127.0.0.1 0";
    const peer = startProcess(program, ["listen", ...place.split(" "), protocol]);
    const where = (yield* until(peer.line())) ?? "";
    return { s: yield* carrier.dial(where, soon()), peer };
  }
  const { ls, where } = yield* carrier.listen(1);
  const peer = startProcess(program, ["connect", ...where.split(" "), protocol]);
  const s = yield* carrier.accept(ls, soon());
  hclose(ls);
  return { s, peer };
}

function* echo(s: MessageSocket, messages: readonly string[]): Coroutine {
  for (const text of messages) {
    yield* msend(s, Buffer.from(text), -1);
    expect(yield* next(s)).to.equal(upper(text));
  }
}

function* next(s: MessageSocket): Coroutine<string> {
  return String(yield* mrecv(s, soon()));
}

function upper(text: string): string {
  return text.toUpperCase();
}

function hexOf(text: string): string {
  return Buffer.from(text).toString("hex");
}

function soon(): number {
  return now() + 4000;
}
