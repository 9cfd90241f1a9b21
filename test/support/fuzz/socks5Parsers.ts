// The two sides of SOCKS5, each with what its peer says, the tunnel included, and what may come of that.
import { brecv, type Bytestream, type Coroutine, ipaddrLocal } from "libdill-ts";
import {
  SOCKS5_SUCCESS,
  socks5ClientConnect,
  socks5ClientConnectbyname,
  socks5ProxyAuth,
  socks5ProxyRecvcommandbyname,
  socks5ProxySendreply,
} from "libdill-ts/socks5";
import type { Parser } from "./messageParsers.js";
import type { Random } from "./random.js";

const nasty = [0, 1, 2, 3, 4, 5, 8, 9, 0x7f, 0xff];
const anyEnd = ["EACCES", "ECONNRESET", "EPIPE", "EPROTO"];
const somewhere = ipaddrLocal("127.0.0.1", 80);

const client: Parser = {
  name: "socks5 client",
  nasty,
  codes: [
    ...anyEnd,
    "EAFNOSUPPORT",
    "ECONNREFUSED",
    "EHOSTUNREACH",
    "EIO",
    "ENETUNREACH",
    "EOPNOTSUPP",
  ],
  setting(random) {
    const [user, password] = random.chance(0.5) ? [null, null] : ["user", "secret"];
    const hasPassword = user !== null && random.chance(0.7);
    const isNamed = random.chance(0.5);
    const good = Buffer.concat([
      Buffer.from(hasPassword ? [5, 2, 1, 0] : [5, 0]),
      commandOf(random.chance(0.8) ? SOCKS5_SUCCESS : random.below(10), random),
      tunnelOf(random),
    ]);
    return {
      good,
      *receive(s, say) {
        yield* isNamed
          ? socks5ClientConnectbyname(s, user, password, "example.org", 80, -1)
          : socks5ClientConnect(s, user, password, somewhere, -1);
        yield* passOn(s, say);
      },
    };
  },
};

const proxy: Parser = {
  name: "socks5 proxy",
  nasty,
  codes: anyEnd,
  setting(random) {
    const check = random.chance(0.5) ? null : (user: string) => user !== "nobody";
    const methods = [check === null ? 0 : 2, ...someBytes(random, 3)];
    const good = Buffer.concat([
      Buffer.from([5, methods.length, ...methods]),
      check === null ? nothing : credentialsOf(random),
      commandOf(1 + random.below(3), random),
      tunnelOf(random),
    ]);
    return {
      good,
      *receive(s, say) {
        const tellingCheck = (user: string, password: string): boolean => {
          say(`${user}: ${password}`);
          return check?.(user) === true;
        };
        yield* socks5ProxyAuth(s, check === null ? null : tellingCheck, -1);
        const { command, host, port } = yield* socks5ProxyRecvcommandbyname(s, -1);
        say(`${command} ${host} ${port}`);
        yield* socks5ProxySendreply(s, SOCKS5_SUCCESS, somewhere, -1);
        yield* passOn(s, say);
      },
    };
  },
};

export const socks5Parsers: readonly Parser[] = [client, proxy];

const nothing = Buffer.alloc(0);

/** A command, or a reply, with any kind of address. */
function commandOf(code: number, random: Random): Buffer {
  const name = Buffer.from("a.example".slice(0, 1 + random.below(9)));
  const address = random.pick([
    [1, 127, 0, 0, random.below(256)],
    [4, ...Array.from({ length: 16 }, () => random.below(256))],
    [3, name.length, ...name],
  ]);
  return Buffer.from([5, code, 0, ...address, random.below(256), random.below(256)]);
}

function credentialsOf(random: Random): Buffer {
  const [user, password] = [
    random.pick(["user", "nobody", "", "\u00fc"]),
    random.pick(["secret", ""]),
  ];
  const texts = [user, password].map((text) => Buffer.from(text));
  return Buffer.concat([Buffer.of(1), ...texts.flatMap((text) => [Buffer.of(text.length), text])]);
}

function tunnelOf(random: Random): Buffer {
  return Buffer.from(someBytes(random, 20));
}

function someBytes(random: Random, most: number): number[] {
  return Array.from({ length: random.below(most + 1) }, () => random.below(256));
}

/** All that comes through the tunnel: not a byte of the dialogue, and each that stands behind it. */
function* passOn(s: Bytestream, say: (what: string) => void): Coroutine {
  for (;;) say((yield* brecv(s, 1, -1)).toString("hex"));
}
