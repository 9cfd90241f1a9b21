// Where connects wait for room in a full backlog.
//
// The kernel announces room by no event, so somebody has to try again and again. For each address that is
// one attempt at a time, made for all that wait there, however many: first come, first served. The
// pauses between attempts grow while the backlog stays full, and are jittered, so that several processes
// don't try in step.
//
// Everybody's first attempt is his own. If it meets with room that opened after somebody who came earlier
// was refused, he gives his socket to that one and waits in his place: sockets are all alike.
import { type Linked, List } from "../collections/index.js";
import { type Failure, host, type HostSocket } from "../host/index.js";

const shortestPause = 0.5;
const longestPause = 8;

/** Who waits for room. */
export interface Waiting extends Linked<Waiting> {
  /** Later ones have a greater one. */
  readonly ticket: number;
  connected(socket: HostSocket): void;
  refused(failure: Failure): void;
}

const lines = new Map<string, WaitingLine>();

/** The path, and where it starts if it is relative: the process may go to another directory meanwhile. */
export function placeOf(path: string): string {
  return path.startsWith("/") ? path : `${path}\0${host.sockets.directory()}`;
}

/** The path that leads to the place now. */
function pathTo(place: string): string {
  const [path = "", directory] = place.split("\0");
  const isHere = directory === undefined || directory === host.sockets.directory();
  return isHere ? path : `${directory}/${path}`;
}

export function waitInLine(place: string, waiting: Waiting): void {
  let line = lines.get(place);
  if (line === undefined) {
    line = new WaitingLine(place);
    lines.set(place, line);
  }
  line.join(waiting);
}

export function leaveLine(place: string, waiting: Waiting): void {
  lines.get(place)?.leave(waiting);
}

/** Whether somebody waits there already. */
export function hasLine(place: string): boolean {
  return lines.has(place);
}

let tickets = 0;

export function drawTicket(): number {
  return ++tickets;
}

/** Takes whoever is first out of the line, if he came before the holder of the ticket. */
export function takeEarlier(place: string, ticket: number): Waiting | null {
  return lines.get(place)?.takeEarlier(ticket) ?? null;
}

class WaitingLine {
  readonly #place: string;
  readonly #waiting: List<Waiting> = new List<Waiting>();
  #attempt: HostSocket | null = null;
  #cancelPause: () => void = () => {};
  #pause = shortestPause;

  constructor(place: string) {
    this.#place = place;
  }

  join(waiting: Waiting): void {
    const line = this.#waiting;
    const isNew = line.first === null;
    let next: Waiting | null = null;
    for (let other = line.last; other !== null; other = line.previous(other)) {
      if (other.ticket < waiting.ticket) break;
      next = other;
    }
    if (next === null) line.add(waiting);
    else line.insert(waiting, next);
    if (isNew) this.#rest();
  }

  takeEarlier(ticket: number): Waiting | null {
    const { first } = this.#waiting;
    if (first === null || first.ticket > ticket) return null;
    this.leave(first);
    return first;
  }

  leave(waiting: Waiting): void {
    this.#waiting.remove(waiting);
    this.#endIfEmpty();
  }

  #rest(): void {
    const pause = this.#pause * (0.9 + host.random() / 5);
    this.#pause = Math.min(this.#pause * 1.5, longestPause);
    this.#cancelPause = host.after(pause, () => this.#try());
  }

  #try(): void {
    this.#attempt = host.sockets.connect(pathTo(this.#place), {
      connected: () => {
        const socket = this.#attempt;
        this.#attempt = null;
        this.#pause = shortestPause;
        const first = this.#next();
        if (socket !== null) first?.connected(socket);
      },
      refused: (failure) => {
        this.#attempt = null;
        if (failure === "EAGAIN") this.#rest();
        else this.#next()?.refused(failure);
      },
    });
  }

  /** Whoever is first leaves, and an attempt is made for the one after. */
  #next(): Waiting | null {
    const { first } = this.#waiting;
    if (first === null) return null;
    this.#waiting.remove(first);
    this.#endIfEmpty();
    if (this.#waiting.first !== null) this.#try();
    return first;
  }

  #endIfEmpty(): void {
    if (this.#waiting.first !== null) return;
    lines.delete(this.#place);
    this.#cancelPause();
    this.#attempt?.close();
    this.#attempt = null;
  }
}
