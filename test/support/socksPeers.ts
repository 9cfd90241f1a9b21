// SOCKS5 proxies of others, each with a configuration of its own.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userInfo } from "node:os";
import {
  choose,
  type Coroutine,
  hclose,
  type Ipaddr,
  ipaddrLocal,
  isErrno,
  now,
  tcpConnect,
  tcpListen,
  tcpLocal,
} from "libdill-ts";
import { startPeer } from "./peers.js";
import type { OtherProcess } from "./process.js";
import { tempDir } from "./tempDir.js";
import { until } from "./until.js";

/** A port for a program that can't say which one the system has chosen for it. */
export function* freePort(): Coroutine<number> {
  const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 1);
  const { port } = tcpLocal(ls);
  hclose(ls);
  return port;
}

/** Returns when the program listens there. What it says is told only if it ends before. */
function* listening(port: number, peer: OtherProcess): Coroutine<Ipaddr> {
  const addr = ipaddrLocal("127.0.0.1", port);
  const end = peer.ended();
  for (;;) {
    try {
      hclose(yield* tcpConnect(addr, -1));
      return addr;
    } catch (error) {
      if (!isErrno(error, "ECONNREFUSED")) throw error;
    }
    const soon = now() + 5;
    const { index } = yield* choose(
      [
        { op: "until", promise: end },
        { op: "deadline", deadline: soon },
      ],
      -1,
    );
    if (index === 0) throw new Error(`it does not listen: ${(yield* until(end)).output}`);
  }
}

export function* startMicrosocks(user?: string, password?: string): Coroutine<Ipaddr> {
  const port = yield* freePort();
  const login = user === undefined ? [] : ["-u", user, "-P", password ?? ""];
  const peer = startPeer("microsocks", ["-i", "127.0.0.1", "-p", String(port), ...login]);
  return yield* listening(port, peer);
}

/** It lets nobody go to 127.0.0.9. */
export function* startDante(): Coroutine<Ipaddr> {
  const port = yield* freePort();
  const folder = tempDir();
  const config = join(folder, "danted.conf");
  writeFileSync(
    config,
    `logoutput: ${join(folder, "log")}
internal: 127.0.0.1 port = ${port}
external: lo
clientmethod: none
socksmethod: none
user.privileged: ${userInfo().username}
user.unprivileged: ${userInfo().username}
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks block { from: 0.0.0.0/0 to: 127.0.0.9/32 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
`,
  );
  const peer = startPeer("danted", ["-f", config, "-p", join(folder, "pid")]);
  return yield* listening(port, peer);
}

/** `ssh -D`, by a server that lets nobody in but this client. */
export function* startSsh(): Coroutine<Ipaddr> {
  const folder = tempDir();
  const [serverKey, clientKey] = [join(folder, "server"), join(folder, "client")];
  for (const key of [serverKey, clientKey]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  }
  mkdirSync("/run/sshd", { recursive: true });
  const serverPort = yield* freePort();
  const config = join(folder, "sshd.conf");
  writeFileSync(
    config,
    `ListenAddress 127.0.0.1
Port ${serverPort}
HostKey ${serverKey}
AuthorizedKeysFile ${clientKey}.pub
PasswordAuthentication no
PermitRootLogin yes
PidFile none
StrictModes no
UsePAM no
`,
  );
  const server = startPeer("sshd", ["-D", "-f", config, "-E", join(folder, "log")]);
  yield* listening(serverPort, server);
  const port = yield* freePort();
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
  const flags = ["-F", "none", "-N", "-D", `127.0.0.1:${port}`, "-i", clientKey];
  for (const option of options) flags.push("-o", option);
  const user = `${userInfo().username}@127.0.0.1`;
  const client = startPeer("ssh", [...flags, "-p", String(serverPort), user]);
  return yield* listening(port, client);
}
