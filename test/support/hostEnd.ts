// One end of a connection as its host reports it: what has come, and how it ended.
import type { HostSocket, SocketEvents } from "#src/host/sockets.js";

export class HostEnd implements SocketEvents {
  readonly socket: HostSocket;
  readonly reports: string[] = [];
  private bytes = "";
  private readonly watchers = new Set<() => void>();

  constructor(socket: HostSocket) {
    this.socket = socket;
    socket.events = this;
  }

  get text(): string {
    return this.bytes;
  }

  received(buffer: Buffer, length: number): void {
    this.bytes += buffer.toString("latin1", 0, length);
    this.tell();
  }

  ended(): void {
    this.report("ended");
  }

  readFailed({ code }: { readonly code: string }): void {
    this.report(`readFailed ${code}`);
  }

  written(): void {
    this.report("written");
  }

  writeFailed({ code }: { readonly code: string }): void {
    this.report(`writeFailed ${code}`);
  }

  private report(what: string): void {
    this.reports.push(what);
    this.tell();
  }

  private tell(): void {
    for (const watch of this.watchers) watch();
  }

  /** Calls it once the condition holds. */
  when(holds: (end: HostEnd) => boolean, go: () => void): void {
    const watch = (): void => {
      if (!holds(this)) return;
      this.watchers.delete(watch);
      go();
    };
    this.watchers.add(watch);
    watch();
  }
}
