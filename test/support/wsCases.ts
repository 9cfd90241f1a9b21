// What an endpoint of WebSocket must do, case by case, in the numbering of the Autobahn test suite. Each case is what a peer
// sends to an endpoint that sends each message back.
import { randomFillSync } from "node:crypto";
import { deflateRawSync, constants } from "node:zlib";

/** One frame, as it is sent. */
interface SentFrame {
  /** FIN, the reserved bits and the opcode. */
  readonly first: number;
  readonly payload: Buffer;
}

/** What comes back, after an end in good order or in an error. */
export interface WsCase {
  readonly id: string;
  readonly frames: readonly SentFrame[];
  /** The frames are written in pieces of so many bytes. */
  readonly chop?: number | undefined;
  /** `t` or `b` and the bytes, of each message that is sent back. */
  readonly echoes: readonly string[];
  readonly pongs: readonly string[];
  /** The close code by which the endpoint says what is wrong; none: it is fine. */
  readonly fault?: 1002 | 1007 | undefined;
  /** The case ends the conversation itself; the codes that may answer it. */
  readonly closes?: readonly number[] | undefined;
  /** It is sent with permessage-deflate. */
  readonly isDeflated?: boolean | undefined;
}

const [cont, text, binary, close, ping, pong] = [0, 1, 2, 8, 9, 10];
const fin = 0x80;

function frame(opcode: number, payload: string | Uint8Array = "", flags = fin): SentFrame {
  return { first: flags | opcode, payload: Buffer.from(payload as string) };
}

export function digest(type: "t" | "b", bytes: Uint8Array): string {
  return `${type} ${bytes.length} ${Buffer.from(bytes).toString("latin1").slice(0, 200)}`;
}

const saying = (said: string | Uint8Array): string => digest("t", Buffer.from(said as string));

const stars = (length: number): string => "*".repeat(length);

type Rest = Partial<Omit<WsCase, "id" | "frames">>;

function one(id: string, frames: readonly SentFrame[], rest: Rest = {}): WsCase {
  return { id, frames, echoes: [], pongs: [], ...rest };
}

/** The endpoint ends it: it may have sent back what came before, or not. */
function bad(id: string, frames: readonly SentFrame[], rest: Rest = {}): WsCase {
  return one(id, frames, { fault: 1002, ...rest });
}

function sizes(): WsCase[] {
  const lengths: readonly [number, number?][] = [
    [0],
    [125],
    [126],
    [127],
    [128],
    [65535],
    [65536],
    [65536, 997],
  ];
  return lengths.flatMap(([length, chop], i) => [
    one(`1.1.${i + 1}`, [frame(text, stars(length))], { echoes: [saying(stars(length))], chop }),
    one(`1.2.${i + 1}`, [frame(binary, Buffer.alloc(length, 0xfe))], {
      echoes: [digest("b", Buffer.alloc(length, 0xfe))],
      chop,
    }),
  ]);
}

function pings(): WsCase[] {
  const bytes = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);
  const ten = Array.from({ length: 10 }, (_, i) => `payload-${i}`);
  const tenFrames = ten.map((each) => frame(ping, each));
  const full = Buffer.alloc(125, 0xfe);
  return [
    one("2.1", [frame(ping)], { pongs: [""] }),
    one("2.2", [frame(ping, "Hello, world!")], { pongs: ["Hello, world!"] }),
    one("2.3", [frame(ping, bytes)], { pongs: [bytes.toString("latin1")] }),
    one("2.4", [frame(ping, full)], { pongs: [full.toString("latin1")] }),
    bad("2.5", [frame(ping, Buffer.alloc(126, 0xfe))]),
    one("2.6", [frame(ping, full)], { pongs: [full.toString("latin1")], chop: 1 }),
    one("2.7", [frame(pong)]),
    one("2.8", [frame(pong, "unsolicited pong payload")]),
    one("2.9", [frame(pong, "unsolicited"), frame(ping, "ping payload")], {
      pongs: ["ping payload"],
    }),
    one("2.10", tenFrames, { pongs: ten }),
    one("2.11", tenFrames, { pongs: ten, chop: 1 }),
  ];
}

function reserved(): WsCase[] {
  const hello = "Hello, world!";
  const rsv = (bits: number): number => fin | (bits << 4);
  const echoes = [saying(hello)];
  const after = (bits: number): SentFrame[] => [
    frame(text, hello),
    frame(text, hello, rsv(bits)),
    frame(ping),
  ];
  const opcodes = (group: number, from: number): WsCase[] =>
    [0, 1, 2, 3, 4].map((i) => {
      const odd = i === 0 || i === 2 ? frame(from + i) : frame(from + i, "reserved opcode payload");
      const before = i < 2 ? [] : [frame(text, hello)];
      return bad(`4.${group}.${i + 1}`, [...before, odd, frame(ping)], {
        echoes: i < 2 ? [] : echoes,
        chop: i > 2 ? 1 : undefined,
      });
    });
  return [
    bad("3.1", [frame(text, hello, rsv(1))]),
    bad("3.2", after(2), { echoes }),
    bad("3.3", after(3), { echoes, chop: 7 }),
    bad("3.4", after(4), { echoes, chop: 1 }),
    bad("3.5", [frame(binary, Buffer.alloc(8, 0xff), rsv(5))]),
    bad("3.6", [frame(ping, hello, rsv(6))]),
    bad("3.7", [frame(close, "", rsv(7))]),
    ...opcodes(1, 3),
    ...opcodes(2, 11),
  ];
}

function fragments(): WsCase[] {
  const [a, b] = ["fragment1", "fragment2"];
  const both = [saying(a + b)];
  const two = [frame(text, a, 0), frame(cont, b)];
  const between = [frame(text, a, 0), frame(ping, "ping payload"), frame(cont, b)];
  const alone = "non-continuation payload";
  const orphan = (flags: number): SentFrame[] => [
    frame(cont, alone, flags),
    frame(text, "Hello, world!"),
  ];
  const afterEnd = (flags: number): SentFrame[] => [
    ...two,
    frame(cont, "fragment3", flags),
    frame(text, "fragment4"),
  ];
  const five = [
    frame(text, "fragment1", 0),
    frame(cont, "fragment2", 0),
    frame(ping, "pongme 1!"),
    frame(cont, "fragment3", 0),
    frame(cont, "fragment4", 0),
    frame(ping, "pongme 2!"),
    frame(cont, "fragment5"),
  ];
  const fiveRest = {
    echoes: [saying("fragment1fragment2fragment3fragment4fragment5")],
    pongs: ["pongme 1!", "pongme 2!"],
  };
  return [
    bad("5.1", [frame(ping, a, 0), frame(cont, b)]),
    bad("5.2", [frame(pong, a, 0), frame(cont, b)]),
    one("5.3", two, { echoes: both }),
    one("5.4", two, { echoes: both, chop: 9 }),
    one("5.5", two, { echoes: both, chop: 1 }),
    one("5.6", between, { echoes: both, pongs: ["ping payload"] }),
    one("5.7", between, { echoes: both, pongs: ["ping payload"], chop: 9 }),
    one("5.8", between, { echoes: both, pongs: ["ping payload"], chop: 1 }),
    ...[undefined, 9, 1].map((chop, i) => bad(`5.${9 + i}`, orphan(fin), { chop })),
    ...[undefined, 9, 1].map((chop, i) => bad(`5.${12 + i}`, orphan(0), { chop })),
    bad("5.15", afterEnd(0), { echoes: both }),
    bad("5.16", [frame(cont, a, 0), frame(text, b), frame(cont, "fragment3")]),
    bad("5.17", [frame(cont, a), frame(text, b), frame(cont, "fragment3")]),
    bad("5.18", [frame(text, a, 0), frame(text, b)]),
    one("5.19", five, fiveRest),
    one("5.20", five, { ...fiveRest, chop: 5 }),
  ];
}

/** UTF-8: each as it stands, and cut into frames of a byte. */
function utf8(): WsCase[] {
  const hello = Buffer.from("Hello-µ@ßöäüàá-UTF-8!!");
  const kosme = Buffer.from("cebae1bdb9cf83cebcceb5", "hex");
  const invalid = Buffer.from("cebae1bdb9cf83cebcceb5eda080656469746564", "hex");
  const shattered = (bytes: Buffer): SentFrame[] => [
    frame(text, "", 0),
    ...[...bytes].map((byte) => frame(cont, Buffer.from([byte]), 0)),
    frame(cont),
  ];
  const [start, tail] = [Buffer.from(kosme), Buffer.from("edited")];
  const beyond = Buffer.from("f4908080", "hex");
  const whole = (id: string, hex: string, isFine: boolean): WsCase => {
    const bytes = Buffer.from(hex, "hex");
    return isFine
      ? one(id, [frame(text, bytes)], { echoes: [saying(bytes)] })
      : bad(id, [frame(text, bytes)], { fault: 1007 });
  };
  return [
    one("6.1.1", [frame(text)], { echoes: [saying("")] }),
    one("6.1.2", [frame(text, "", 0), frame(cont, "", 0), frame(cont)], { echoes: [saying("")] }),
    one("6.1.3", [frame(text, "", 0), frame(cont, "middle frame payload", 0), frame(cont)], {
      echoes: [saying("middle frame payload")],
    }),
    one("6.2.1", [frame(text, hello)], { echoes: [saying(hello)] }),
    one("6.2.2", [frame(text, hello.subarray(0, 12), 0), frame(cont, hello.subarray(12))], {
      echoes: [saying(hello)],
    }),
    one("6.2.3", shattered(hello), { echoes: [saying(hello)] }),
    one("6.2.4", shattered(kosme), { echoes: [saying(kosme)] }),
    bad("6.3.1", [frame(text, invalid)], { fault: 1007 }),
    bad("6.3.2", shattered(invalid), { fault: 1007 }),
    bad("6.4.1", [frame(text, start, 0), frame(cont, beyond, 0), frame(cont, tail)], {
      fault: 1007,
    }),
    bad(
      "6.4.2",
      [
        frame(text, Buffer.concat([start, Buffer.from([0xf4])]), 0),
        frame(cont, Buffer.from([0x90])),
      ],
      { fault: 1007 },
    ),
    bad("6.4.3", [frame(text, Buffer.concat([start, beyond, tail]))], { fault: 1007, chop: 11 }),
    bad("6.4.4", [frame(text, Buffer.concat([start, beyond, tail]))], { fault: 1007, chop: 1 }),
    ...numbered("6.5", ["48656c6c6f", kosme.toString("hex")], whole, () => true),
    ...prefixes("6.6", kosme, whole),
    ...numbered("6.7", ["00", "c280", "e0a080", "f0908080"], whole, () => true),
    ...numbered("6.8", ["f888808080", "fc8480808080"], whole, () => false),
    ...numbered("6.9", ["7f", "dfbf", "efbfbf", "f48fbfbf"], whole, () => true),
    ...numbered("6.10", ["f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf"], whole, () => false),
    ...numbered(
      "6.11",
      ["ed9fbf", "ee8080", "efbfbd", "f48fbfbf", "f4908080"],
      whole,
      (i) => i < 4,
    ),
    ...numbered("6.12", continuations(), whole, () => false),
    ...numbered("6.13", lonelyStarts(), whole, () => false),
    ...numbered(
      "6.14",
      [
        "c0",
        "e080",
        "f08080",
        "f8808080",
        "fc80808080",
        "df",
        "efbf",
        "f7bfbf",
        "fbbfbfbf",
        "fdbfbfbfbf",
      ],
      whole,
      () => false,
    ),
    whole("6.15.1", "c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf", false),
    ...numbered("6.16", ["fe", "ff", "fefeffff"], whole, () => false),
    ...numbered(
      "6.17",
      ["c0af", "e080af", "f08080af", "f8808080af", "fc80808080af"],
      whole,
      () => false,
    ),
    ...numbered(
      "6.18",
      ["c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf"],
      whole,
      () => false,
    ),
    ...numbered(
      "6.19",
      ["c080", "e08080", "f0808080", "f880808080", "fc8080808080"],
      whole,
      () => false,
    ),
    ...numbered(
      "6.20",
      ["eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf"],
      whole,
      () => false,
    ),
    ...numbered("6.21", surrogatePairs(), whole, () => false),
    ...numbered("6.22", nonCharacters(), whole, () => true),
    ...numbered(
      "6.23",
      ["efbfb9", "efbfba", "efbfbb", "efbfbc", "efbfbd", "efbfbe", "efbfbf"],
      whole,
      () => true,
    ),
  ];
}

type Whole = (id: string, hex: string, isFine: boolean) => WsCase;

function numbered(
  group: string,
  list: readonly string[],
  make: Whole,
  isFine: (i: number) => boolean,
): WsCase[] {
  return list.map((hex, i) => make(`${group}.${i + 1}`, hex, isFine(i)));
}

/** Fine where a character ends. */
function prefixes(group: string, bytes: Buffer, make: Whole): WsCase[] {
  const ends = new Set([2, 5, 7, 9, 11]);
  return [...bytes].map((_, i) =>
    make(`${group}.${i + 1}`, bytes.subarray(0, i + 1).toString("hex"), ends.has(i + 1)),
  );
}

function continuations(): string[] {
  const all = Array.from({ length: 63 }, (_, i) => (0x80 + i).toString(16)).join("");
  return ["80", "bf", "80bf", "80bf80", "80bf80bf", "80bf80bf80", "80bf80bf80bf", all];
}

function lonelyStarts(): string[] {
  const starts = (from: number, to: number): string => {
    const bytes = Array.from({ length: to - from }, (_, i) => (from + i).toString(16));
    return bytes.map((byte) => `${byte}20`).join("");
  };
  return [
    starts(0xc0, 0xe0),
    starts(0xe0, 0xf0),
    starts(0xf0, 0xf8),
    starts(0xf8, 0xfc),
    "fc20fd20",
  ];
}

function surrogatePairs(): string[] {
  const highs = ["eda080", "edadbf", "edae80", "edafbf"];
  return highs.flatMap((high) => [`${high}edb080`, `${high}edbfbf`]);
}

function nonCharacters(): string[] {
  return Array.from({ length: 17 }, (_, plane) => plane).flatMap((plane) =>
    [0xfffe, 0xffff].map((code) =>
      Buffer.from(String.fromCodePoint(plane * 0x10000 + code)).toString("hex"),
    ),
  );
}

function closing(code: number, reason: string | Uint8Array = ""): SentFrame {
  const bytes = Buffer.from(reason as string);
  return frame(close, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), bytes]));
}

function closes(): WsCase[] {
  const hello = "Hello World!";
  const any = [0, 1000];
  const valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
  const invalid = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
  const large = stars(256 * 1024);
  return [
    one("7.1.1", [frame(text, hello), closing(1000)], { echoes: [saying(hello)], closes: any }),
    one("7.1.2", [closing(1000), closing(1000)], { closes: any }),
    one("7.1.3", [closing(1000), frame(ping)], { closes: any }),
    one("7.1.4", [closing(1000), frame(text, hello)], { closes: any }),
    one("7.1.5", [frame(text, "fragment1", 0), closing(1000), frame(cont, "fragment2")], {
      closes: any,
    }),
    one("7.1.6", [frame(text, large), closing(1000), frame(ping)], {
      echoes: [saying(large)],
      closes: any,
    }),
    one("7.3.1", [frame(close)], { closes: [0, 1000, 1005] }),
    bad("7.3.2", [frame(close, "a")]),
    one("7.3.3", [closing(1000)], { closes: any }),
    one("7.3.4", [closing(1000, "Hello World!")], { closes: any }),
    one("7.3.5", [closing(1000, stars(123))], { closes: any }),
    bad("7.3.6", [closing(1000, stars(124))]),
    bad("7.5.1", [closing(1000, Buffer.from("cebae1bdb9cf83cebcceb5eda080656469746564", "hex"))], {
      fault: 1007,
    }),
    ...valid.map((code, i) => one(`7.7.${i + 1}`, [closing(code)], { closes: [0, 1000, code] })),
    ...invalid.map((code, i) => bad(`7.9.${i + 1}`, [closing(code)])),
    bad("7.13.1", [closing(5000)]),
    bad("7.13.2", [closing(65535)]),
  ];
}

/** Large messages, smaller than Autobahn's own. */
function largeMessages(): WsCase[] {
  const cut = (opcode: number, bytes: Buffer, size: number): SentFrame[] => {
    const frames: SentFrame[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      const isLast = at + size >= bytes.length;
      const piece = bytes.subarray(at, at + size);
      frames.push(frame(at === 0 ? opcode : cont, piece, isLast ? fin : 0));
    }
    return frames;
  };
  const lengths = [65536, 262144, 1048576];
  const random = randomFillSync(Buffer.alloc(1048576));
  const textBytes = Buffer.alloc(262144, "*");
  const binaryBytes = random.subarray(0, 262144);
  return [
    ...lengths.flatMap((length, i) => [
      one(`9.1.${i + 1}`, [frame(text, stars(length))], { echoes: [saying(stars(length))] }),
      one(`9.2.${i + 1}`, [frame(binary, random.subarray(0, length))], {
        echoes: [digest("b", random.subarray(0, length))],
      }),
    ]),
    ...[64, 256, 1024, 4096, 16384].flatMap((size, i) => [
      one(`9.3.${i + 1}`, cut(text, textBytes, size), { echoes: [digest("t", textBytes)] }),
      one(`9.4.${i + 1}`, cut(binary, binaryBytes, size), { echoes: [digest("b", binaryBytes)] }),
    ]),
    ...[256, 1024, 2048].flatMap((chop, i) => [
      one(`9.5.${i + 1}`, [frame(text, textBytes)], { echoes: [digest("t", textBytes)], chop }),
      one(`9.6.${i + 1}`, [frame(binary, binaryBytes)], {
        echoes: [digest("b", binaryBytes)],
        chop,
      }),
    ]),
    ...[0, 16, 256, 4096].flatMap((length, i) => [
      many(`9.7.${i + 1}`, text, stars(length)),
      many(`9.8.${i + 1}`, binary, stars(length)),
    ]),
    one("10.1.1", cut(text, Buffer.alloc(65536, "*"), 1300), { echoes: [saying(stars(65536))] }),
  ];
}

function many(id: string, opcode: number, payload: string): WsCase {
  const echo = digest(opcode === text ? "t" : "b", Buffer.from(payload));
  const frames = Array.from({ length: 200 }, () => frame(opcode, payload));
  return one(id, frames, { echoes: Array.from({ length: 200 }, () => echo) });
}

/** Compressed messages: each by itself, which any window takes. */
function deflated(): WsCase[] {
  const rsv1 = fin | 0x40;
  const json = JSON.stringify({ name: "Hello", list: [1, 2, 3], text: "compressed, compressed" });
  return [16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072].flatMap((length, i) => {
    const message = json.repeat(Math.ceil(length / json.length)).slice(0, length);
    const bytes = compressed(message);
    const half = bytes.length >> 1;
    const rest = { echoes: Array.from({ length: 20 }, () => saying(message)), isDeflated: true };
    const whole = Array.from({ length: 20 }, () => frame(text, bytes, rsv1));
    const split = Array.from({ length: 20 }, () => [
      frame(text, bytes.subarray(0, half), 0x40),
      frame(cont, bytes.subarray(half)),
    ]).flat();
    return [
      one(`12.1.${i + 1}`, whole, rest),
      one(`12.3.${i + 1}`, split, { ...rest, chop: 1000 }),
    ];
  });
}

function compressed(message: string): Buffer {
  return deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

export const wsCases: readonly WsCase[] = [
  ...sizes(),
  ...pings(),
  ...reserved(),
  ...fragments(),
  ...utf8(),
  ...closes(),
  ...largeMessages(),
  ...deflated(),
];
