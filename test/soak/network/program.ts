// A random program on the simulated network: what is wrong with the wires, and what each end of each connection does.

export type Transport = "pair" | "ipc" | "tcp" | "tls";

/** Those whose programs need no turn of the real event loop. */
export const transports: readonly Transport[] = ["pair", "ipc", "tcp"];

/** What is on top of the bytestream. */
export type Framing =
  | { readonly kind: "bytes" }
  | { readonly kind: "prefix"; readonly hdrlen: number; readonly littleEndian: boolean }
  | { readonly kind: "suffix"; readonly delimiter: string };

/** How an operation ends if it takes its time: by a deadline, or because its coroutine is canceled after so many milliseconds. */
export type Way =
  | { readonly kind: "deadline"; readonly ms: number }
  | { readonly kind: "cancel"; readonly ms: number }
  | { readonly kind: "patient" };

export interface Send {
  readonly pause: number;
  /** How long the buffers are that are sent together. */
  readonly sizes: readonly number[];
  readonly way: Way;
}

/**
 * How something is received. "exact": so many bytes; "list": into two buffers, with a gap between them; "some": what has come;
 * "poll": after a choose has said that no receive need wait. Messages: "exact" into a buffer of that size, which may be too small; "list":
 * the protocol is taken off and put on again before.
 */
export interface Receive {
  readonly pause: number;
  readonly how: "exact" | "list" | "some" | "poll";
  readonly size: number;
  readonly way: Way;
}

/** What one end of a connection does. */
export interface Script {
  readonly sends: readonly Send[];
  readonly receives: readonly Receive[];
  /** How it ends: "done" says so and drains what comes, "close" closes in order, "hclose" closes at once. */
  readonly end: "done" | "close" | "hclose";
}

export interface Wire {
  readonly latency: number;
  readonly rate: number | undefined;
  readonly buffer: number | undefined;
  readonly split: boolean;
  readonly resetAfter: number | undefined;
}

export interface Connection {
  readonly start: number;
  readonly way: Way;
  readonly client: Script;
  readonly server: Script;
}

/** A client that goes as soon as it has come. */
export interface Visitor {
  readonly start: number;
  readonly way: Way;
}

export interface Program {
  readonly transport: Transport;
  readonly framing: Framing;
  /** What is wrong with each connection. */
  readonly wire: Wire;
  readonly backlog: number;
  /** How long the server rests before each accept, in milliseconds. */
  readonly rest: number;
  /** How the first accepts wait; those that follow are patient. */
  readonly accepts: readonly Way[];
  readonly connections: readonly Connection[];
  readonly visitors: readonly Visitor[];
}

/** For a person: without what is as usual. */
export function printProgram(program: Program): string {
  const { transport, framing, wire, backlog, rest, accepts, connections, visitors } = program;
  const head = `${transport}, ${printFraming(framing)}, backlog ${backlog}, rest ${rest} ms; ${printWire(wire)}`;
  const waits = accepts.length > 0 ? [`accepts: ${accepts.map(printWay).join(", ")}`] : [];
  const guests = visitors.map(({ start, way }) => `visitor: after ${start} ms, ${printWay(way)}`);
  return [head, ...waits, ...guests, ...connections.flatMap(printConnection)].join("\n");
}

function printFraming(framing: Framing): string {
  if (framing.kind === "bytes") return "bytes";
  if (framing.kind === "suffix") return `suffix ${JSON.stringify(framing.delimiter)}`;
  return `prefix of ${framing.hdrlen}${framing.littleEndian ? ", little-endian" : ""}`;
}

function printWay(way: Way): string {
  return way.kind === "patient" ? "patient" : `${way.kind} ${way.ms} ms`;
}

function printWire(wire: Wire): string {
  const faults = Object.entries(wire).filter(([, value]) => value !== undefined && value !== false);
  const said = faults.map(([name, value]) => (value === true ? name : `${name} ${String(value)}`));
  return said.join(", ");
}

function printConnection({ start, way, client, server }: Connection, i: number): string[] {
  return [
    `connection ${i}: after ${start} ms, ${printWay(way)}`,
    ...printScript("client", client),
    ...printScript("server", server),
  ];
}

function printScript(name: string, { sends, receives, end }: Script): string[] {
  return [
    `  ${name}:`,
    ...sends.map(({ pause, sizes, way }) => {
      return `    after ${pause} ms send ${sizes.join(" + ")}, ${printWay(way)}`;
    }),
    ...receives.map(({ pause, how, size, way }) => {
      return `    after ${pause} ms receive ${how} ${size}, ${printWay(way)}`;
    }),
    `    ${end}`,
  ];
}
