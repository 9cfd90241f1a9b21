// Others that speak HTTP over local sockets.
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
  socketPath: string,
  options: RequestOptions = {},
  body = "",
): Promise<Answered> {
  const asking = request({ socketPath, agent: false, ...options });
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

/** Runs curl against a socket file. */
export function startCurl(path: string, ...args: readonly string[]): OtherProcess {
  return startProcess("curl", ["--silent", "--max-time", "10", "--unix-socket", path, ...args]);
}
