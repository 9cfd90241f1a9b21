// What the kernel tells of a process.
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { basename } from "node:path";
import { inspectSafely } from "../errors/index.js";
import { Problem } from "./problem.js";

/** Throws unless the signal SIGUSR1 makes that process open its inspector, and harms nothing. */
export function checkTakesSignal(pid: number): void {
  const uid = inspectSafely(() => statSync(`/proc/${pid}`).uid, undefined);
  if (uid === undefined) throw new Problem(`there is no process ${pid}`);
  if (uid !== process.getuid?.() && process.getuid?.() !== 0) {
    throw new Problem(`process ${pid} belongs to another user: run the command as that user`);
  }
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const namespaces = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
  if (namespaces.length > 1) {
    throw new Problem(
      `process ${pid} is in a container, where it is number ${namespaces.at(-1)}: run the command in there`,
    );
  }
  const program = basename(inspectSafely(() => readlinkSync(`/proc/${pid}/exe`), ""));
  if (!/^node(js)?\d*$/.test(program)) {
    throw new Problem(
      `process ${pid} is ${program === "" ? "not to be looked at" : program}, and no Node.js`,
    );
  }
  if (/^State:\s+[Tt]/m.test(status)) {
    throw new Problem(`process ${pid} is stopped: kill -CONT ${pid} lets it go on`);
  }
  const caught = BigInt(`0x${/^SigCgt:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  if ((caught & (1n << 9n)) === 0n) {
    throw new Problem(
      `process ${pid} takes no SIGUSR1: it has only just started, or runs with --disable-sigusr1 or --permission; start it with --import libdill-ts/inspect`,
    );
  }
}

/** The ports on which it listens for TCP on this machine. */
export function portsOf(pid: number): Set<number> {
  const inodes = new Set(
    inspectSafely(() => readdirSync(`/proc/${pid}/fd`), []).map((fd) => {
      const target = inspectSafely(() => readlinkSync(`/proc/${pid}/fd/${fd}`), "");
      return /^socket:\[(\d+)\]$/.exec(target)?.[1];
    }),
  );
  const ports = new Set<number>();
  for (const table of ["tcp", "tcp6"]) {
    const text = inspectSafely(() => readFileSync(`/proc/${pid}/net/${table}`, "utf8"), "");
    for (const line of text.split("\n")) {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      const port = Number.parseInt(local.split(":")[1] ?? "", 16);
      if (state === listening && inodes.has(inode) && Number.isInteger(port)) ports.add(port);
    }
  }
  return ports;
}

const listening = "0A";

/** Whether somebody else is logged in, who could connect to a port of this machine. */
export function areOthersHere(): boolean {
  const own = String(process.getuid?.() ?? 0);
  const users = inspectSafely(() => readdirSync("/run/user"), []);
  return users.some((uid) => /^\d+$/.test(uid) && uid !== own);
}
