// node:tls without a wire. What Node takes for the wire is a stub: what it writes there is output, and what is pushed there
// has come from the peer.
//
// All happens inside the calls, with two exceptions. Node ends each write to a stub in an immediate, and what is written
// meanwhile waits for that. And a server reports a failed handshake a few ticks later. Until then an engine is not settled.
import type { Duplex } from "node:stream";
import type { ConnectionOptions, Server, TLSSocket } from "node:tls";
import type { Failure } from "../sockets.js";
import type { TlsEngine, TlsEvents, TlsInfo } from "../tls/tls.js";
import { streams, tls } from "./builtin.js";
import { setImmediate } from "./timers.js";
import { tlsFailure } from "./tlsFailure.js";

abstract class Engine implements TlsEngine {
  isSecure = false;
  failure: Failure | null = null;
  hasEnded = false;
  protected readonly stub: Duplex;
  protected socket: TLSSocket | null = null;
  #events: TlsEvents | null;
  #output: Uint8Array[] = [];
  #session: Buffer | null = null;
  #info: TlsInfo | null = null;
  /** What is under way inside. */
  #pending = 0;
  /** How many calls are on the stack. */
  #depth = 0;

  constructor(events: TlsEvents) {
    this.#events = events;
    this.stub = this.#makeStub();
  }

  get isSettled(): boolean {
    return this.#pending === 0;
  }

  decrypt(record: Uint8Array): void {
    this.call(() => this.stub.push(record));
  }

  encrypt(list: readonly Uint8Array[]): void {
    this.call(() => {
      if (list.length > 1) this.socket?.cork();
      for (const bytes of list) this.socket?.write(bytes);
      if (list.length > 1) this.socket?.uncork();
    });
  }

  end(): void {
    this.call(() => this.socket?.end());
  }

  takeOutput(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  info(): TlsInfo {
    return { ...(this.#info as TlsInfo), session: this.#session };
  }

  close(): void {
    this.#events = null;
    this.socket?.destroy();
    this.stub.destroy();
  }

  /** Of a client: what it was given to take up. */
  protected earlierSession(): Buffer | null {
    return null;
  }

  /** Which name the client has asked for. */
  protected abstract servername(socket: TLSSocket): string | null;

  protected call(job: () => unknown): void {
    if (this.failure !== null || this.#events === null) return;
    this.#depth += 1;
    try {
      job();
    } finally {
      this.#depth -= 1;
    }
    const { socket } = this;
    if (socket?.destroyed === true) this.fail(socket.errored, this.distrust(socket));
  }

  /** Why the peer is not trusted. If the handshake has gone on all the same, that was not asked for. */
  private distrust(socket: TLSSocket): unknown {
    return this.isSecure ? null : socket.authorizationError;
  }

  fail(error: Error | null, distrust: unknown): void {
    this.failure ??= tlsFailure(error, distrust);
  }

  /**
   * Node's stream tells its `push` of each record's bytes, and of the end, before anything else happens. Its events come later, and
   * by then the record behind the end would have been taken for TLS.
   */
  protected adopt(socket: TLSSocket): void {
    this.socket = socket;
    socket.push = (bytes: Buffer | null): boolean => {
      if (bytes === null) this.hasEnded = true;
      else this.#events?.decrypted(bytes);
      return true;
    };
    socket.on("error", (error: Error) => this.fail(error, this.distrust(socket)));
    socket.on("session", (session: Buffer) => {
      this.#session = session;
    });
  }

  protected secured(socket: TLSSocket): void {
    this.isSecure = true;
    // Node tells of no session where one was taken up.
    if (socket.isSessionReused()) this.#session ??= this.earlierSession();
    const alpn: string | false | null = socket.alpnProtocol;
    this.#info = {
      protocol: socket.getProtocol() ?? "",
      cipher: socket.getCipher().standardName,
      alpn: alpn === false ? null : alpn,
      servername: this.servername(socket),
      peerCertificate: socket.getPeerX509Certificate() ?? null,
      isAuthorized: socket.authorized,
      isResumed: socket.isSessionReused(),
      session: null,
    };
  }

  /** Node hands it the records with `write`, which is done when it returns: a stream's own would do so in two ticks (bench: tls). */
  #makeStub(): Duplex {
    const stub = new (streams().Duplex)({ read() {} });
    stub.write = (record: Uint8Array, ...args: unknown[]): boolean => {
      this.#output.push(record);
      for (const arg of args) if (typeof arg === "function") Reflect.apply(arg, stub, []);
      // Node's own immediate, which ends the write, has been set by that.
      this.hold(setImmediate);
      if (this.#depth === 0) this.#events?.emerged();
      return true;
    };
    return stub;
  }

  /** Something is under way until it is released. */
  protected hold(until: (release: () => void) => void): void {
    this.#pending += 1;
    until(() => {
      this.#pending -= 1;
      if (this.#pending === 0) this.#events?.settled();
    });
  }
}

export class ClientEngine extends Engine {
  readonly #servername: string | null;
  readonly #earlier: Buffer | null;

  constructor(options: ConnectionOptions, events: TlsEvents) {
    super(events);
    this.#servername = options.servername ?? null;
    this.#earlier = options.session === undefined ? null : Buffer.from(options.session);
    this.call(() => {
      const socket = tls().connect({ ...options, socket: this.stub });
      this.adopt(socket);
      socket.on("secureConnect", () => this.secured(socket));
    });
  }

  protected override earlierSession(): Buffer | null {
    return this.#earlier;
  }

  protected servername(): string | null {
    return this.#servername;
  }
}

export class ServerEngine extends Engine {
  constructor(server: Server, events: TlsEvents) {
    super(events);
    this.hold(setImmediate); // the stub does not flow before
    const front = this.#frontOf(server);
    // To the server's own listeners, which take the front for the server.
    this.call(() => {
      for (const listener of server.listeners("connection")) {
        Reflect.apply(listener, front, [this.stub]);
      }
    });
  }

  override decrypt(record: Uint8Array): void {
    super.decrypt(record);
    if (!this.isSecure && this.failure === null) this.hold((release) => this.#reported(release));
  }

  /** Whether the handshake has failed, which Node tells when the socket has closed. */
  #reported(release: () => void): void {
    setImmediate(() => {
      if (!this.stub.destroyed || this.failure !== null) release();
      else {
        setImmediate(() => {
          this.fail(null, null);
          release();
        });
      }
    });
  }

  /**
   * A server's event says which socket it is about, and not whose: so each engine emits to a server of its own, which differs
   * in nothing but where its events go.
   */
  #frontOf(server: Server): Server {
    const front = Object.create(server) as Server;
    front.emit = (event: string | symbol, ...args: unknown[]): boolean => {
      if (event === "secureConnection") this.#accept(args[0] as TLSSocket);
      if (event === "tlsClientError") this.#refuse(args[0] as Error, args[1] as TLSSocket);
      return true;
    };
    return front;
  }

  #accept(socket: TLSSocket): void {
    this.adopt(socket);
    this.secured(socket);
  }

  #refuse(error: Error, socket: TLSSocket): void {
    this.fail(error, socket.authorizationError);
  }

  protected servername(socket: TLSSocket): string | null {
    const name: unknown = Reflect.get(socket, "servername");
    return typeof name === "string" ? name : null;
  }
}
