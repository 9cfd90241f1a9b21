// A program as coroutines: clients that connect, a server that accepts, and the two ends of each connection at work.
import {
  brecv,
  bsend,
  bundle,
  type Bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  ipaddrLocal,
  ipcAccept,
  ipcConnect,
  ipcListen,
  type IpcListener,
  ipcPair,
  isErrno,
  msleep,
  now,
  type Operation,
  tcpAccept,
  tcpConnect,
  tcpListen,
  type TcpListener,
} from "libdill-ts";
import { tlsAttachClient, tlsAttachServer, tlsContext, type TlsContext } from "libdill-ts/tls";
import { census } from "libdill-ts/testing";
import { serving, trusting } from "../../support/tlsPair.js";
import { Flow, Violation } from "./flow.js";
import type { Connection, Program, Visitor, Way } from "./program.js";
import { inTime, Side } from "./side.js";
import { Stack } from "./stack.js";

const path = "/soak";
const address = "127.0.0.1";
const port = 7777;
/** As of Linux, if nothing else is said. */
const usualBuffer = 212_992;
/** What was read ahead at the most: less than would make the socket pause, and one read more. */
const readAhead = 2 * 65_536;

export function* play(program: Program): Coroutine {
  yield* new Playing(program).play();
  const { coroutines, handles, deadlines, descriptors } = census();
  const left = `${coroutines - 1} coroutines, ${handles} handles, ${deadlines} deadlines, ${descriptors} descriptors`;
  if (left === "0 coroutines, 0 handles, 0 deadlines, 0 descriptors") return;
  throw new Violation(`left at the end: ${left}`);
}

class Playing {
  private readonly program: Program;
  private readonly stack: Stack;
  private readonly flows: readonly Flow[];
  private readonly clients: Bundle = bundle();
  private readonly servers: Bundle = bundle();
  private context: TlsContext | undefined;
  private accepted = 0;

  constructor(program: Program) {
    this.program = program;
    this.stack = new Stack(program.transport, program.framing);
    this.flows = program.connections.flatMap((_, i) => [
      this.flow(`from client ${i}`, 2 * i),
      this.flow(`to client ${i}`, 2 * i + 1),
    ]);
  }

  private flow(name: string, i: number): Flow {
    const { wire } = this.program;
    const room = (wire.buffer ?? usualBuffer) + readAhead;
    const flow = new Flow(name, i, this.stack.hasMessages, this.stack.tellsTorn, room);
    flow.isDisturbed = wire.resetAfter !== undefined;
    return flow;
  }

  *play(): Coroutine {
    const { transport, connections, visitors } = this.program;
    const isPair = transport === "pair";
    const ls = isPair ? null : yield* this.listen();
    const server = ls === null ? null : go(this.serve(ls));
    for (const i of connections.keys())
      bundleGo(this.clients, isPair ? this.pair(i) : this.client(i));
    if (!isPair) for (const visitor of visitors) bundleGo(this.clients, this.visit(visitor));
    yield* bundleWait(this.clients, -1);
    if (server !== null) hclose(server);
    yield* bundleWait(this.servers, -1);
    if (ls !== null) hclose(ls);
    hclose(this.clients);
    hclose(this.servers);
    for (const flow of this.flows) flow.checkDrained();
  }

  private *listen(): Coroutine<IpcListener | TcpListener> {
    const { transport, backlog } = this.program;
    if (transport === "ipc") return yield* ipcListen(path, backlog);
    return yield* tcpListen(ipaddrLocal(address, port), backlog);
  }

  private connect(deadline: number): Operation<Bytestream> {
    if (this.program.transport === "ipc") return ipcConnect(path, deadline);
    return tcpConnect(ipaddrLocal(address, port), deadline);
  }

  /** Whoever waits for a connection gets it, or the next one does. */
  private *serve(ls: IpcListener | TcpListener): Coroutine {
    const { transport, accepts } = this.program;
    const accept = (deadline: number): Operation<Bytestream> =>
      transport === "ipc"
        ? ipcAccept(ls as IpcListener, deadline)
        : tcpAccept(ls as TcpListener, deadline);
    for (const way of accepts) {
      yield* this.rest();
      const s = yield* this.unlessLate(way, (flow) => inTime(flow, way, accept));
      if (s !== null) this.start(s);
    }
    for (;;) {
      yield* this.rest();
      this.start(yield* accept(-1));
    }
  }

  private *rest(): Coroutine {
    const { rest } = this.program;
    if (rest > 0) yield* msleep(now() + rest);
  }

  private start(s: Bytestream): void {
    try {
      bundleGo(this.servers, this.welcome(s));
    } catch (error) {
      hclose(s); // all clients have gone, and the server ends
      throw error;
    }
  }

  private *unlessLate<T>(way: Way, act: (flow: Flow) => Coroutine<T>): Coroutine<T | null> {
    try {
      return yield* act(this.flows[0] as Flow);
    } catch (error) {
      const expected = way.kind === "deadline" ? "ETIMEDOUT" : "ECANCELED";
      if (way.kind !== "patient" && isErrno(error, expected)) return null;
      throw error;
    }
  }

  /** The client says first which one it is. */
  private *welcome(s: Bytestream): Coroutine {
    this.accepted += 1;
    let secured = s;
    let first: Buffer;
    try {
      if (this.program.transport === "tls") {
        this.context ??= tlsContext(serving());
        secured = yield* tlsAttachServer(s, this.context, -1);
      }
      first = yield* brecv(secured, 1, -1);
    } catch (error) {
      if (!isErrno(error)) throw error;
      if (secured !== s || this.program.transport !== "tls") hclose(secured);
      return;
    }
    const [i = 0] = first;
    this.flowFrom(i).isGreeting = false;
    const { server } = this.program.connections[i] as Connection;
    yield* this.side(secured, server, 2 * i + 1, 2 * i);
  }

  private *client(i: number): Coroutine {
    const { start, way, client } = this.program.connections[i] as Connection;
    if (start > 0) yield* msleep(now() + start);
    let s: Bytestream | null = null;
    try {
      // A connect may take longer than its deadline: that counts from when it waits for room.
      s = yield* this.unlessLate(way, (flow) => this.dial(flow, way));
      if (s === null) return;
      if (this.program.transport === "tls") {
        const beneath = s;
        s = null; // the handshake closes it if it fails
        s = yield* tlsAttachClient(beneath, trusting(), -1);
      }
      this.flowFrom(i).isGreeting = true;
      yield* bsend(s, Buffer.from([i]), -1);
    } catch (error) {
      if (s !== null) hclose(s);
      if (isErrno(error) && this.program.wire.resetAfter !== undefined) return;
      throw error;
    }
    yield* this.side(s, client, 2 * i, 2 * i + 1);
  }

  /** What the client of that connection sends. */
  private flowFrom(i: number): Flow {
    return this.flows[2 * i] as Flow;
  }

  private *visit({ start, way }: Visitor): Coroutine {
    if (start > 0) yield* msleep(now() + start);
    try {
      const s = yield* this.unlessLate(way, (flow) => this.dial(flow, way));
      if (s !== null) hclose(s);
    } catch (error) {
      if (!isErrno(error) || this.program.wire.resetAfter === undefined) throw error;
    }
  }

  private *dial(flow: Flow, way: Way): Coroutine<Bytestream> {
    if (way.kind !== "deadline")
      return yield* inTime(flow, way, (deadline) => this.connect(deadline));
    return yield* this.connect(way.ms === 0 ? 0 : now() + way.ms);
  }

  private *pair(i: number): Coroutine {
    const { start, client, server } = this.program.connections[i] as Connection;
    if (start > 0) yield* msleep(now() + start);
    const [a, b] = yield* ipcPair();
    bundleGo(this.servers, this.side(b, server, 2 * i + 1, 2 * i));
    yield* this.side(a, client, 2 * i, 2 * i + 1);
  }

  private *side(
    s: Bytestream,
    script: Connection["client"],
    outgoing: number,
    incoming: number,
  ): Coroutine {
    const h = this.stack.attach(s);
    const { flows, stack } = this;
    const [out, into] = [flows[outgoing] as Flow, flows[incoming] as Flow];
    yield* new Side(h, stack, script, out, into).play();
  }
}
