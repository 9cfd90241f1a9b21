// The file descriptors this process has open, where the system lists them.
import { existsSync, readdirSync, readlinkSync } from "node:fs";

/** One line for each, with what it leads to; none for those that Node opens and closes as it likes. */
export function openDescriptors(): string[] {
  const folder = "/proc/self/fd";
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((fd) => {
    const target = readTarget(`${folder}/${fd}`);
    // libuv keeps one descriptor of /dev/null in reserve; one of /proc is our own look at it.
    if (target === undefined || target === "/dev/null" || target.startsWith("/proc/")) return [];
    return [`fd ${fd} -> ${target}`];
  });
}

function readTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined; // closed since it was listed
  }
}

/** How many this process has open, our own look at them included. */
export function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
