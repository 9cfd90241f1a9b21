// A small name server: what it says about each name is in a table. It answers in datagrams, as RFC 1035 has them.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Resolver } from "node:dns";

/** Addresses, or why there are none. "silent": no answer at all. */
export interface Zone {
  readonly [name: string]: Answer | undefined;
}

interface Answer {
  readonly v4?: readonly string[] | Trouble;
  readonly v6?: readonly string[] | Trouble;
}

type Trouble = "silent" | "broken" | "garbage";

export interface NameServer {
  readonly resolver: Resolver;
  /** The questions so far: `"A db.test"`. */
  readonly questions: string[];
  close(): void;
}

const kinds = new Map([
  [1, "A"],
  [28, "AAAA"],
]);

/** Starts it on a free port of the loopback. The resolver asks nobody else. */
export async function nameServer(zone: Zone): Promise<NameServer> {
  const socket = createSocket("udp4");
  const questions: string[] = [];
  socket.on("message", (query, { address, port }) => {
    const { name, type, end } = questionOf(query);
    questions.push(`${kinds.get(type) ?? type} ${name}`);
    const said = answerTo(zone[name], type);
    if (said === "silent") return;
    const reply = said === "garbage" ? Buffer.from("no answer") : replyTo(query, end, type, said);
    socket.send(reply, port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return { resolver, questions, close: () => void socket.close() };
}

function answerTo(entry: Answer | undefined, type: number): readonly string[] | Trouble | null {
  if (entry === undefined) return null;
  return (type === 28 ? entry.v6 : entry.v4) ?? [];
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** Null: there is no such name. */
function replyTo(
  query: Buffer,
  end: number,
  type: number,
  said: readonly string[] | "broken" | null,
): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  const code = said === null ? 3 : said === "broken" ? 2 : 0;
  const addresses = Array.isArray(said) ? said : [];
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address: string) => {
    const bytes = bytesOf(address);
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(bytes.length, 10);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([head, query.subarray(12, end), ...records]);
}

function bytesOf(address: string): Buffer {
  if (!address.includes(":")) return Buffer.from(address.split(".").map(Number));
  const [left = "", right = ""] = address.split("::");
  const groups = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
  const [before, after] = [groups(left), groups(right)];
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
