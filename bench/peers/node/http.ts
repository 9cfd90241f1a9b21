// node:http, and Node's own parser of heads, which only its internals offer alone.
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { Contestants } from "../../contestant.js";
import { askByHand, fieldCount, headsPerWrite, host, requestHead, resource } from "../requests.js";
import { flood } from "./flood.js";

/** What node:http uses of its parser. */
interface Parser {
  [event: number]: (
    major: number,
    minor: number,
    fields: string[],
    method: number,
    url: string,
  ) => void;
  initialize(type: number, owner: object): void;
  execute(chunk: Buffer): unknown;
}

interface Internals {
  readonly HTTPParser: {
    new (): Parser;
    readonly REQUEST: number;
    readonly kOnHeadersComplete: number;
  };
}

export const contestants: Contestants = {
  http: async (n, meter) => {
    const server = createServer((request, response) => {
      const isRight = request.url === resource && request.headers.host === host;
      response.sendDate = false; // ours sends none
      response.writeHead(isRight ? 200 : 400, { "Content-Length": 0 }).end();
    });
    server.listen({ host: "127.0.0.1", port: 0, backlog: 128 });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    meter.start();
    const right = await askByHand(port, n);
    meter.stop();
    server.close();
    await once(server, "close");
    return right;
  },

  heads: (n, meter) => {
    const batch = Buffer.from(requestHead.repeat(headsPerWrite));
    return flood(n, meter, batch, headsPerWrite, (found) => {
      const parser = makeParser((url, fields) => {
        if (url === resource && fields.length === 2 * fieldCount) found();
      });
      return (chunk) => void parser.execute(chunk);
    });
  },
};

function makeParser(found: (url: string, fields: readonly string[]) => void): Parser {
  const { HTTPParser } = createRequire(import.meta.url)("node:_http_common") as Internals;
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.REQUEST, {});
  parser[HTTPParser.kOnHeadersComplete] = (_major, _minor, fields, _method, url) =>
    found(url, fields);
  return parser;
}
