// Others that speak HTTP. A path is a local socket, a number a TCP port of this machine.
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type RequestOptions } from "node:http";
import { text } from "node:stream/consumers";
import { type OtherProcess, startProcess } from "./process.js";

export interface Answered {
  readonly status: number;
  readonly reason: string;
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** Asks with Node's client. */
export async function askWithNode(
  where: string | number,
  options: RequestOptions = {},
  body = "",
): Promise<Answered> {
  const at = typeof where === "string" ? { socketPath: where } : { host: "127.0.0.1", port: where };
  const asking = request({ ...at, agent: false, ...options });
  asking.end(body);
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  return {
    status: answer.statusCode ?? 0,
    reason: answer.statusMessage ?? "",
    rawHeaders: answer.rawHeaders,
    body: await text(answer),
  };
}

/** Node's server; it says what it was asked. */
export async function startNodeServer(path: string) {
  const server = createServer((asked, answer) => {
    void text(asked).then((body) => {
      answer.setHeader("Set-Cookie", ["a=b", "c=d"]);
      answer.setHeader("Empty", "");
      answer.statusMessage = "As You Wish";
      const said = `${asked.method} ${asked.url} ${String(asked.headers["x-what"])} ${body}`;
      answer.setHeader("Content-Length", said.length);
      answer.end(said);
    });
  });
  server.listen(path);
  await once(server, "listening");
  return {
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Runs curl. Its URLs say what is asked for, and not where. */
export function startCurl(where: string | number, ...args: readonly string[]): OtherProcess {
  const at =
    typeof where === "string"
      ? ["--unix-socket", where]
      : ["--noproxy", "*", "--connect-to", `::127.0.0.1:${where}`];
  return startProcess("curl", ["--silent", "--max-time", "10", ...at, ...args]);
}
