// What the servers have in common: what is served and where, and what they tell about their garbage.
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import {
  constants,
  type NodeGCPerformanceDetail,
  type PerformanceEntry,
  PerformanceObserver,
} from "node:perf_hooks";
import { createInterface } from "node:readline";

/**
 * `echo` sends the request back; `reply` makes a reply of 64 KiB for each request; `wsEcho` sends a WebSocket's message
 * back.
 */
export type Service = "echo" | "reply" | "wsEcho";

/** What the connections are made of. Over TCP, all servers send small writes at once. */
export type Carrier = "local" | "tcp";

/** What a server is told when it starts, and what starts it. */
export interface Order {
  readonly carrier: Carrier;
  /** For a local socket; over TCP any port of 127.0.0.1 is taken. */
  readonly path: string;
  readonly service: Service;
  /** The longest queue of connects. */
  readonly backlog: number;
}

export const requestSize = 64;
export const replySize = 65_536;

export function readOrder(): Order {
  const [carrier, path = "", service, backlog] = process.argv.slice(2);
  return {
    carrier: carrier as Carrier,
    path,
    service: service as Service,
    backlog: Number(backlog),
  };
}

/** Serves on node:net, and says where once it is ready. */
export function listen(order: Order, serve: (socket: Socket) => void): void {
  listenWith(createServer({ noDelay: order.carrier === "tcp" }, serve), order);
}

/** The same with a server that there is. */
export function listenWith(server: Server, { carrier, path, backlog }: Order): void {
  const isLocal = carrier === "local";
  server.listen({ ...(isLocal ? { path } : { host: "127.0.0.1", port: 0 }), backlog }, () => {
    const address = server.address() as AddressInfo | string;
    console.log(typeof address === "string" ? address : `${address.address}:${address.port}`);
  });
}

/** Each byte of it is the request's first. */
export function makeReply(request: Uint8Array): Buffer {
  return Buffer.alloc(replySize, request[0]);
}

/** What a node server says about a span of time. */
export interface Garbage {
  /** Nanoseconds. */
  readonly collecting: number;
  readonly markCompacts: number;
}

/** The types of Node leave out what an entry of the garbage collector has besides. */
interface GarbageEntry extends PerformanceEntry {
  readonly detail: NodeGCPerformanceDetail;
}

/** Answers each line "from to", in milliseconds since 1970, with a line of JSON; ends the process with its stdin. */
export function tellOfGarbage(): void {
  const collections: { readonly start: number; readonly duration: number; isMajor: boolean }[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration, detail } of list.getEntries() as GarbageEntry[]) {
      const isMajor = detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
      collections.push({ start: performance.timeOrigin + startTime, duration, isMajor });
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const [from = 0, to = 0] = line.split(" ").map(Number);
    const some = collections.filter(({ start }) => start >= from && start < to);
    const garbage: Garbage = {
      collecting: some.reduce((sum, { duration }) => sum + duration * 1e6, 0),
      markCompacts: some.filter(({ isMajor }) => isMajor).length,
    };
    console.log(JSON.stringify(garbage));
  });
  lines.on("close", () => process.exit());
}
