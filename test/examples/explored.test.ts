// Servers of examples/ under every single fault of the network and every pair of faults: whatever happens to two clients, the server
// complains of nothing, serves the next client, and ends in good order.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect } from "chai";
import { it } from "mocha";
import {
  brecv,
  bsend,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  ipaddrLocal,
  ipcConnect,
  isErrno,
  mrecv,
  msend,
  msleep,
  now,
  suffixAttach,
  tcpConnect,
} from "libdill-ts";
import {
  type Body,
  type Connecting,
  explore,
  type LinkFaults,
  type Simulation,
} from "libdill-ts/testing";

type Client = (deadline: number) => Coroutine;

interface Explored {
  readonly args: readonly string[];
  readonly client: Client;
}

const servers: Readonly<Record<string, Explored>> = {
  "greeting-server": {
    args: ["/run/greet.ipc"],
    *client(deadline) {
      const s = yield* ipcConnect("/run/greet.ipc", deadline);
      try {
        yield* bsend(s, Buffer.from("alice"), deadline);
        expect(String(yield* brecv(s, 11, deadline))).to.equal("hello alice");
      } finally {
        hclose(s);
      }
    },
  },
  greetserver: {
    args: ["5555", "1000", "10000"],
    *client(deadline) {
      const s = suffixAttach(yield* tcpConnect(ipaddrLocal("127.0.0.1", 5555), deadline), "\r\n");
      try {
        yield* mrecv(s, deadline);
        yield* msend(s, Buffer.from("bob"), deadline);
        expect(String(yield* mrecv(s, deadline))).to.equal("Hello, bob!");
      } finally {
        hclose(s);
      }
    },
  },
  "echo-server": {
    args: ["5555"],
    *client(deadline) {
      const s = yield* tcpConnect(ipaddrLocal("127.0.0.1", 5555), deadline);
      try {
        yield* bsend(s, Buffer.from("hello"), deadline);
        expect(String(yield* brecv(s, 5, deadline))).to.equal("hello");
      } finally {
        hclose(s);
      }
    },
  },
};

/** The first two connections are bad ones. */
function faults({ earlier }: Connecting, sim: Simulation): LinkFaults {
  if (earlier >= 2) return {};
  return {
    latency: sim.pick([0, 700]),
    split: sim.pick([false, true]),
    resetAfter: sim.pick([undefined, 0, 3, 8]),
    buffer: sim.pick([undefined, 1]),
  };
}

function* attempt(client: Client): Coroutine {
  try {
    yield* client(now() + 5000);
  } catch (error) {
    if (!isErrno(error)) throw error; // a wrong answer, and no bad connection
  }
}

function whole(
  program: () => Coroutine,
  client: Client,
  complaints: readonly string[],
): Body<void> {
  return function* () {
    const server = bundle();
    bundleGo(server, program());
    yield* msleep(now() + 1);
    const clients = bundle();
    for (let i = 0; i < 2; i++) bundleGo(clients, attempt(client));
    yield* bundleWait(clients, -1);
    hclose(clients);
    yield* client(now() + 5000);
    yield* bundleClose(server, now() + 60_000);
    expect(complaints).to.deep.equal([]);
  };
}

/** The example's program, which it gives to main. */
async function load(name: string, args: readonly string[]): Promise<() => Coroutine> {
  const folder = new URL(`../../examples/${name}/`, import.meta.url);
  const file = fileURLToPath(new URL("explored.mjs", folder));
  const text = readFileSync(new URL("main.js", folder), "utf8");
  const changed = text
    .replace("await main(", "export const program = ((body) => body)(")
    .replaceAll("process.argv", JSON.stringify(["node", name, ...args]));
  writeFileSync(file, changed);
  try {
    const { program } = (await import(pathToFileURL(file).href)) as { program: () => Coroutine };
    return program;
  } finally {
    rmSync(file);
  }
}

describe("under every pair of faults", () => {
  const { log, error } = console;
  afterEach(() => {
    Object.assign(console, { log, error });
  });

  for (const [name, { args, client }] of Object.entries(servers)) {
    it(`${name} complains of nothing, and goes on`, async () => {
      const complaints: string[] = [];
      const program = await load(name, args);
      Object.assign(console, {
        log() {},
        error: (...words: unknown[]) => complaints.push(words.map(String).join(" ")),
      });
      const body = whole(program, client, complaints);
      const { isComplete } = await explore(
        function* (sim) {
          complaints.length = 0;
          yield* body(sim);
        },
        { search: "all", deviations: 2, schedules: 100_000, seconds: 50, network: faults },
      );
      expect(isComplete).to.equal(true);
    }).timeout(60_000);
  }
});
