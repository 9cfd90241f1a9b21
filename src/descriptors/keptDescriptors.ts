// Reading a local socket in Node's place, so that the descriptors that come are not lost: Node reads without asking for
// them, and the kernel closes them.
//
//   bytes: a b c #     the kernel ends a read at a message with descriptors, and so does the reading ahead:
//                ^     the descriptors belong to the last byte in the inbox
//
// They wait there until ipcRecvfd takes that byte. If somebody wants more bytes than are here, that byte is one like any other,
// and the descriptors are closed, as they are when the socket is.
import type { Failure, HostReading } from "../host/index.js";
import { type Arrival, descriptors, type Watch } from "../host/native/index.js";
import type { Connection } from "../sockets/index.js";

/** What came with one message: a descriptor, or why there is none for the receiver. */
export type Kept = number | Failure;

export class KeptDescriptors implements HostReading {
  readonly #connection: Connection;
  readonly #watch: Watch;
  #kept: Kept | null = null;

  /** Reads the connection's socket from now on. */
  static of(connection: Connection): KeptDescriptors | Failure {
    const made: { it?: KeptDescriptors } = {};
    const watch = descriptors().watch(connection.descriptor(), "in", () => made.it?.read());
    if ("code" in watch) return watch;
    made.it = new KeptDescriptors(connection, watch);
    connection.socket.readThrough?.(made.it);
    return made.it;
  }

  private constructor(connection: Connection, watch: Watch) {
    this.#connection = connection;
    this.#watch = watch;
  }

  /** What belongs to the only byte in the inbox; null: nothing does. */
  take(): Kept | null {
    const kept = this.#connection.inbox.length === 1 ? this.#kept : null;
    if (kept !== null) this.#kept = null;
    return kept;
  }

  /** It was taken by one who is no more. True: the next one finds it where it was. */
  putBack(fd: number, byte: number): boolean {
    const { inbox, incoming, isClosed } = this.#connection;
    if (isClosed || inbox.length > 0 || this.#kept !== null || incoming.user !== null) return false;
    inbox.putBack(Uint8Array.of(byte));
    this.#kept = fd;
    return true;
  }

  read(): void {
    const arrival = descriptors().read(this.#watch.fd);
    if (arrival === "empty") return;
    if ("code" in arrival) {
      this.pause();
      this.#connection.readFailed(arrival);
    } else if (arrival.length === 0) {
      this.pause();
      this.#connection.ended();
    } else this.#arrived(arrival);
  }

  #arrived(arrival: Arrival): void {
    const connection = this.#connection;
    this.#kept = keptOf(arrival);
    if (this.#kept !== null) connection.pause();
    connection.received(arrival.buffer, arrival.length);
    if (this.#kept !== null && connection.incoming.user !== null) connection.listen();
  }

  resume(): void {
    this.#drop();
    this.#watch.start();
  }

  pause(): void {
    this.#watch.stop();
  }

  ref(): void {
    this.#watch.ref();
  }

  unref(): void {
    this.#watch.unref();
  }

  close(): void {
    this.#drop();
    this.#watch.close();
  }

  #drop(): void {
    if (typeof this.#kept === "number") descriptors().close(this.#kept);
    this.#kept = null;
  }
}

/** A message of ipcSendfd has one descriptor. Of several, nobody could say which is meant: all are closed. */
function keptOf({ descriptors: fds, isCut }: Arrival): Kept | null {
  const [fd] = fds;
  if (fd !== undefined && fds.length === 1 && !isCut) return fd;
  for (const each of fds) descriptors().close(each);
  if (isCut) {
    const message = "a descriptor came, and the process had none left for it: it is lost";
    return { code: "EMFILE", message };
  }
  if (fd === undefined) return null;
  return {
    code: "EPROTO",
    message: `${fds.length} descriptors came at once, and one was expected`,
  };
}
