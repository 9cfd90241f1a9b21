// Where the two ends of a pair meet: a listener in a folder that only we can enter.
//
// The file and the folder are gone before the pair is reported. On Linux a descriptor that names the file still leads to the
// listener then. So the place serves one pair after the other, and a pair costs what a connect costs (bench: pair).
import type { Failure, HostSocket } from "../sockets.js";
import { fs, os, paths } from "./builtin.js";
import { cleanAtExit } from "./cleanAtExit.js";
import { keepDuringRuns } from "./duringRuns.js";
import { NodeListener } from "./nodeListener.js";
import { type Alias, aliasOf } from "./socketAddress.js";
import { removeFile, removeFolder } from "./unlinkQuietly.js";

/** The pair that meets. */
export interface Meeting {
  /** It can connect. */
  opened(): void;
  accepted(socket: HostSocket): void;
  failed(failure: Failure): void;
}

/** The place for the next pair. */
let kept: MeetingPlace | null = null;

export class MeetingPlace {
  #meeting: Meeting | null = null;
  #isOpen = false;
  #alias: Alias | undefined;
  readonly #folder: string;
  readonly #path: string;
  readonly #listener: NodeListener;
  readonly #forget: () => void;

  private constructor() {
    this.#folder = fs().mkdtempSync(paths().join(os().tmpdir(), "dill-pair-"));
    this.#path = paths().join(this.#folder, "s");
    this.#forget = cleanAtExit(() => this.#removeFile());
    this.#listener = new NodeListener({
      listening: () => this.#opened(),
      accepted: (socket) => this.#meeting?.accepted(socket),
      failed: (failure) => this.#meeting?.failed(failure),
    });
    this.#listener.bind(this.#path, 1);
  }

  /** A place that nobody else uses. Throws the error of mkdtemp(3). */
  static take(): MeetingPlace {
    const place = kept ?? new MeetingPlace();
    kept = null;
    return place;
  }

  /** What to connect to. */
  get address(): string {
    return this.#alias?.path ?? this.#path;
  }

  meet(meeting: Meeting): void {
    this.#meeting = meeting;
    this.#listener.ref();
    if (this.#isOpen) meeting.opened();
  }

  #opened(): void {
    this.#isOpen = true;
    this.#meeting?.opened();
  }

  /** Nobody has come. A place that served others before is as good as it was. */
  giveUp(): void {
    if (this.#alias === undefined) this.close();
    else this.leave();
  }

  /** The two have met, and nobody is in the line. */
  leave(): void {
    this.#meeting = null;
    this.#listener.unref();
    if (kept === null && this.#hide() && keepDuringRuns(closeKept)) kept = this;
    else this.close();
  }

  #hide(): boolean {
    if (this.#alias !== undefined) return true;
    try {
      this.#alias = aliasOf(this.#path);
    } catch {
      return false; // no descriptor is left for it
    }
    this.#removeFile();
    return this.#alias !== undefined;
  }

  close(): void {
    this.#listener.close();
    this.#alias?.close();
    this.#removeFile();
  }

  #removeFile(): void {
    this.#forget();
    removeFile(this.#path);
    removeFolder(this.#folder);
  }
}

function closeKept(): void {
  kept?.close();
  kept = null;
}
