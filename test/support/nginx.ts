// nginx, with a configuration of the test's own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Carrier } from "./carriers.js";
import { freePlace, startListener } from "./peers.js";
import { tempDir } from "./tempDir.js";

/** Starts a server with these directives, others beside it, and more to say of listening, and returns where it listens. */
export async function startNginx(
  carrier: Pick<Carrier, "name">,
  server: string,
  beside = "",
  listening = "",
): Promise<string> {
  const where = await freePlace(carrier);
  const listen = carrier.name === "ipc" ? `unix:${where}` : where.replace(" ", ":");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const configuration = `
    daemon off;
    master_process off;
    error_log stderr notice;
    pid pid;
    events {}
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${name};`).join("\n")}
      ${beside}
      server { listen ${listen} ${listening}; ${server} }
    }
  `;
  const folder = folderWith({ "nginx.conf": configuration });
  const args = ["-e", "stderr", "-p", folder, "-c", "nginx.conf"];
  await startListener("nginx", args, "event method"); // which it chooses when it listens already
  return where;
}

/** Writes files for the server, and returns their folder. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = tempDir();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}
