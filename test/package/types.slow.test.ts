// The declarations that the package brings compile in a user's project, with an old TypeScript as with ours.
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { tempDir } from "../support/tempDir.js";
import { typescript } from "../support/typescripts.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Every door, and the types that ask most of a compiler. */
const consumer = `
import { bsend, brecv, chmake, choose, type ChooseResult, type Coroutine, go, hmake, type Handle,
  ipcPair, iterate, join, messagesOf, now, owned, run, scope, until, withDeadline } from "libdill-ts";
import { fromEffection, toEffection, useBundle, useHandle } from "libdill-ts/effection";
import { type BytestreamMethods, bytestreamType, dillError } from "libdill-ts/impl";
import { fromDuplex, toDuplex, toWebStreams } from "libdill-ts/streams";
import { wsAttachClient, wsRecv, wsRequest } from "libdill-ts/ws";
import { httpAttach, httpDetach, httpFraming, httpRecvrequest } from "libdill-ts/http";
import { fdin, ipcPeer, ipcRecvfd, ipcSendfd } from "libdill-ts/native";
import { SOCKS5_CONNECT, socks5ProxyRecvcommand } from "libdill-ts/socks5";
import { tlsAttachClient, tlsContext, tlsInfo } from "libdill-ts/tls";

function* worker(n: number): Coroutine<string> {
  const [numbers, far] = chmake<number>();
  const result = yield* choose([{ op: "recv", ch: far }, { op: "deadline", deadline: now() + n }], -1);
  if (result.index === 0 && result.error === undefined) {
    const value: number = result.value;
    return String(value);
  }
  // @ts-expect-error A channel is no socket.
  yield* bsend(numbers, Buffer.from("x"), -1);
  return yield* withDeadline(-1, function* () { return "late"; });
}

const text: Promise<string> = run(worker(1));
const clauses = [{ op: "recv", ch: chmake<boolean>()[0] }] as const;
type Result = ChooseResult<typeof clauses>;
const index: Result["index"] = 0;

function* rest(): Coroutine {
  using h = owned(go(worker(1)));
  const value: string = yield* join(h, -1);
  const [a, b] = yield* ipcPair();
  const bytes: Buffer = yield* brecv(toHandle(b), 1, -1);
  yield* scope(function* () { yield* until(Promise.resolve(value), -1); });
  const uid: number = ipcPeer(a).uid;
  yield* ipcSendfd(a, yield* ipcRecvfd(b, -1), -1);
  yield* fdin(uid, -1);
  const http = httpAttach(a);
  const command: string = (yield* httpRecvrequest(http, -1)).command;
  const tls = yield* tlsAttachClient(yield* httpDetach(http, -1), { servername: "localhost" }, -1);
  void [tlsContext({}), tlsInfo(tls).peerCertificate?.subject];
  toDuplex(tls); toWebStreams(b);
  void [command, httpFraming];
  const ws = yield* wsAttachClient(b, { resource: "/", host: "localhost" }, -1);
  const message = yield* wsRecv(ws, -1);
  const data: string | Buffer = message.type === "text" ? message.data : Buffer.concat([message.data]);
  void [data, wsRequest(ws).protocol];
  const isConnect: boolean = (yield* socks5ProxyRecvcommand(a, -1)).command === SOCKS5_CONNECT;
  void [command, httpFraming, isConnect];
  fromEffection(toEffection(worker(2)));
  void [bytes, useBundle(), useHandle(ipcPair()), fromDuplex, messagesOf, iterate, bytestreamType, dillError];
}
function toHandle<H>(h: H): H { return h; }
const mine: Handle = hmake({ query: () => undefined, close() {} });
export type { BytestreamMethods };
export { index, mine, rest, text };
`;

describe("the package's types", function () {
  this.timeout(60_000);

  for (const version of ["5.6.3", "6.0.3", undefined]) {
    for (const resolution of ["nodenext", "bundler"]) {
      it(`compile with TypeScript ${version ?? "of our own"}, ${resolution}, libraries checked`, () => {
        const folder = tempDir();
        const modules = join(folder, "node_modules");
        mkdirSync(modules);
        symlinkSync(root, join(modules, "libdill-ts"));
        for (const name of ["effection", "@types", "undici-types"]) {
          symlinkSync(join(root, "node_modules", name), join(modules, name));
        }
        writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
        writeFileSync(join(folder, "main.ts"), consumer);
        const compilerOptions = {
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          skipLibCheck: false,
          target: "es2022",
          lib: ["es2023", "esnext.disposable"],
          types: ["node"],
          module: resolution === "bundler" ? "esnext" : "nodenext",
          moduleResolution: resolution,
        };
        writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
        const compiler = join(typescript(version), "bin/tsc");
        const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder], {
          encoding: "utf8",
        });
        expect(stdout).to.equal("");
      });
    }
  }
});
