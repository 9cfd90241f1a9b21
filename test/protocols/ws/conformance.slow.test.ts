// The table of cases, in Autobahn's numbering: run against two endpoints that we did not write, which shows that the table is
// right, and against ours, which must also say what is wrong by the right code.
import { expect } from "chai";
import { hclose, ipaddrLocal, run, tcpListen, tcpLocal } from "libdill-ts";
import { stopProcesses } from "../../support/process.js";
import { type WsCase, wsCases } from "../../support/wsCases.js";
import { type Outcome, playAsClient, playAsServer } from "../../support/wsDriver.js";
import { dialEcho, serveEcho } from "../../support/wsEcho.js";
import {
  dialWithWs,
  pythonDialer,
  pythonServer,
  startWebsockets,
  startWsServer,
} from "../../support/wsPeers.js";

/** Plays a case against an endpoint. */
type Play = (each: WsCase) => Promise<Outcome>;

interface Subject {
  readonly name: string;
  /** Others may say what is wrong by another code, or end without one. */
  readonly isOurs: boolean;
  start(isDeflated: boolean): Promise<{ play: Play; stop: () => Promise<void> }>;
}

const subjects: readonly Subject[] = [
  {
    name: "a server of ws",
    isOurs: false,
    async start(deflate) {
      const server = await startWsServer({ deflate });
      return {
        play: async (each) => playAsClient(server.port, each),
        stop: async () => server.close(),
      };
    },
  },
  {
    name: "a client of ws",
    isOurs: false,
    async start(deflate) {
      const play: Play = async (each) =>
        playAsServer((port) => dialWithWs(port, { deflate }), each);
      return { play, stop: async () => {} };
    },
  },
  {
    name: "a server in Python",
    isOurs: false,
    async start(isDeflated) {
      const peer = startWebsockets(pythonServer, isDeflated ? "deflate" : "plain");
      const port = Number(await peer.line());
      return { play: async (each) => playAsClient(port, each), stop: stopProcesses };
    },
  },
  {
    name: "a client in Python",
    isOurs: false,
    async start(isDeflated) {
      const peer = startWebsockets(pythonDialer, isDeflated ? "deflate" : "plain");
      const play: Play = async (each) => playAsServer((port) => peer.say(`${port}`), each);
      return { play, stop: stopProcesses };
    },
  },
  {
    name: "a server of ours",
    isOurs: true,
    async start(isDeflated) {
      const ending = new AbortController();
      const { promise, found } = portOf();
      const running = run(
        (function* () {
          const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
          found(tcpLocal(ls).port);
          try {
            yield* serveEcho(ls, { deflate: isDeflated && { threshold: 0 } });
          } finally {
            hclose(ls);
          }
        })(),
        { signal: ending.signal },
      ).catch(() => {}); // it is canceled at the end
      const port = await promise;
      return {
        play: async (each) => playAsClient(port, each),
        async stop() {
          ending.abort();
          await running;
        },
      };
    },
  },
  {
    name: "a client of ours",
    isOurs: true,
    async start(isDeflated) {
      const deflate = isDeflated && { threshold: 0 };
      const dialed: Promise<void>[] = [];
      const dial = (port: number): void => void dialed.push(run(dialEcho(port, { deflate })));
      return {
        play: async (each) => playAsServer(dial, each),
        stop: async () => void (await Promise.all(dialed)),
      };
    },
  },
];

/** The promise of a port, and how it is kept. */
function portOf(): { promise: Promise<number>; found: (port: number) => void } {
  let found = (_port: number): void => {};
  const promise = new Promise<number>((resolve) => {
    found = resolve;
  });
  return { promise, found };
}

const groups = [...new Set(wsCases.map(groupOf))];

for (const subject of subjects) {
  describe(`conformance: ${subject.name}`, function () {
    this.timeout(60_000);
    for (const group of groups) {
      const cases = wsCases.filter((each) => groupOf(each) === group);
      it(`keeps the cases ${group}.*`, async () => {
        const isDeflated = cases[0]?.isDeflated === true;
        const { play, stop } = await subject.start(isDeflated);
        try {
          const faults: string[] = [];
          for (const each of cases) {
            const fault = faultIn(each, await play(each), subject.isOurs);
            if (fault !== "") faults.push(`${each.id}: ${fault}`);
          }
          expect(faults).to.deep.equal([]);
        } finally {
          await stop();
        }
      });
    }
  });
}

function groupOf({ id }: WsCase): string {
  return id.split(".")[0] ?? "";
}

function faultIn(each: WsCase, outcome: Outcome, isOurs: boolean): string {
  const { echoes, pongs, closed } = outcome;
  // Whoever finds an end may drop what stood before it; ours does not.
  const isCut = (each.fault !== undefined || each.closes !== undefined) && !isOurs;
  const wanted = isCut ? each.echoes.slice(0, echoes.length) : each.echoes;
  if (String(echoes) !== String(wanted)) return `sent back ${echoes.map(shown).join("; ")}`;
  const wantedPongs = each.pongs;
  if (each.fault === undefined && String(pongs) !== String(wantedPongs))
    return `pongs ${pongs.join()}`;
  if (each.fault === undefined) {
    const codes = each.closes ?? [0, 1000];
    return codes.includes(closed ?? -1) ? "" : `closed by ${closed}`;
  }
  if (isOurs) return closed === each.fault ? "" : `closed by ${closed}`;
  return closed === undefined || closed >= 1002 ? "" : `closed by ${closed}`;
}

function shown(echo: string): string {
  return echo.slice(0, 40);
}
