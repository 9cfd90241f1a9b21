// The table of operations is whole: what holds for all of them is tested for each that the package exports.
import { expect } from "chai";
import { operations } from "./support/operations.js";
import { reports } from "./support/reports.js";

/** Operations that the table can't have, and why. */
const others: Readonly<Record<string, readonly string[]>> = {
  "end by themselves, and wait for the kernel at the most": [
    "ipcDone",
    "ipcFromfd",
    "ipcListen",
    "ipcListenerFromfd",
    "ipcPair",
    "socks5ProxySendreply",
    "streamDone",
    "tcpDone",
    "tcpFromfd",
    "tcpListen",
    "tcpListenerFromfd",
    "tlsDone",
    "udpOpen",
  ],
  "end when nobody else can go on, so that no release ends them": ["allBlocked"],
  "are Effection's, and run in its programs only": ["toEffection", "useBundle", "useHandle"],
  "are what the others receive with": ["receiveIntoWith", "receiveWith"],
};

describe("the table of operations", () => {
  it("has every operation that the package exports", () => {
    const listed = operations.map(({ name }) => name.split(" ")[0] ?? "");
    const known = new Set([...listed, ...Object.values(others).flat()]);
    expect(exported().filter((name) => !known.has(name))).to.deep.equal([]);
  });

  it("has no exception that is none", () => {
    const names = new Set(exported().filter((name) => !isListed(name)));
    expect(
      Object.values(others)
        .flat()
        .filter((name) => !names.has(name)),
    ).to.deep.equal([]);
  });
});

function isListed(wanted: string): boolean {
  return operations.some(({ name }) => name.split(" ")[0] === wanted);
}

/** The functions that return an operation. */
function exported(): string[] {
  const found = reports.matchAll(/^export function (\w+)\b[^\n]*\): Operation</gm);
  const names = [...new Set([...found].map(([, name = ""]) => name))];
  expect(names).to.include.members(["brecv", "choose", "httpDone", "streamDone"]);
  return names;
}
