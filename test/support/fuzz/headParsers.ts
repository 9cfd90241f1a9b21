// The parsers of heads, each with what it is fed and what may come of that.
import { type Coroutine, isErrno } from "libdill-ts";
import {
  httpAttach,
  type HttpField,
  httpFraming,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  type HttpSocket,
  type HttpVersion,
} from "libdill-ts/http";
import { type Parser, several, type Setting, upToTheEnd } from "./messageParsers.js";
import type { Random } from "./random.js";

type Say = (what: string) => void;

interface Kind {
  readonly name: string;
  readonly firstLine: (random: Random) => string;
  /** Returns the version. */
  readonly receiveFirst: (head: HttpSocket, say: Say) => Coroutine<HttpVersion>;
  readonly fields: number;
}

const kinds: readonly Kind[] = [
  {
    name: "http request",
    firstLine: (random) =>
      `${random.pick(["GET", "M-SEARCH", "a"])} ${targetOf(random)} HTTP/1.${random.below(2)}`,
    receiveFirst: receiveRequest,
    fields: 2,
  },
  {
    name: "http status",
    firstLine: (random) =>
      `HTTP/1.${random.below(2)} ${random.below(1000)} ${random.pick(["OK", "", "Not  Found\xe9"])}`,
    *receiveFirst(head, say) {
      const { status, reason, version } = yield* httpRecvstatus(head, -1);
      say(`${status} ${reason} ${version}`);
      return version;
    },
    fields: 2,
  },
  {
    name: "http fields",
    firstLine: () => "GET / HTTP/1.1",
    receiveFirst: receiveRequest,
    fields: 12,
  },
];

export const headParsers: readonly Parser[] = kinds.map((kind) => ({
  name: kind.name,
  nasty: [...new Set(Buffer.from("\r\n\r\n\0\t :,;/HTTP1.0\x7f\x80\xff", "latin1"))],
  codes: ["ECONNRESET", "EMSGSIZE", "EPIPE", "EPROTO"],
  setting: (random) => settingOf(kind, random),
}));

function settingOf({ firstLine, fields, receiveFirst }: Kind, random: Random): Setting {
  const limits = random.pick([{}, { maxLine: 30 }, { maxHead: 100 }, { maxLine: 1, maxHead: 9 }]);
  const good = several(random, () => {
    const list = Array.from({ length: random.below(fields + 1) }, () => fieldOf(random));
    return Buffer.from([firstLine(random), ...list, "", ""].join("\r\n"), "latin1");
  });
  return {
    good,
    *receive(s, say) {
      const head = httpAttach(s, limits);
      for (;;) {
        const version = yield* receiveFirst(head, say);
        const list: HttpField[] = [];
        yield* upToTheEnd(receiveFields(head, list, say));
        say(framingOf(list, version));
      }
    },
  };
}

function* receiveRequest(head: HttpSocket, say: Say): Coroutine<HttpVersion> {
  const { command, resource, version } = yield* httpRecvrequest(head, -1);
  say(`${command} ${resource} ${version}`);
  return version;
}

function* receiveFields(head: HttpSocket, list: HttpField[], say: Say): Coroutine {
  for (;;) {
    const field = yield* httpRecvfield(head, -1);
    say(`${field.name}: ${field.value}`);
    list.push(field);
  }
}

/** What the fields say of the body, which may be nonsense. */
function framingOf(fields: readonly HttpField[], version: HttpVersion): string {
  try {
    return JSON.stringify(httpFraming(fields, version));
  } catch (error) {
    if (!isErrno(error, "EPROTO")) throw error;
    return error.code;
  }
}

function targetOf(random: Random): string {
  return random.pick(["/", "*", "/a?b=c", "http://x:1/%00", `/${"x".repeat(random.below(60))}`]);
}

function fieldOf(random: Random): string {
  const name = random.pick(["a", "Host", "Content-Length", "Transfer-Encoding", "!#$%&'*+-.^_`|~"]);
  const value = random.pick(["", "x", "12", "007", "chunked", "a, b", '"\t\xff"', "1e3", "-1"]);
  return `${name}:${random.pick(["", " ", " \t "])}${value}${random.pick(["", " "])}`;
}
