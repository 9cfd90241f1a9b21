// Where connects wait for room in a listener's full backlog.
//
// The kernel reports a full backlog at once and announces no room, so somebody has to try again and again. For
// each address one attempt at a time is made on behalf of all connects that wait there, however many they are.
// They are served in the order of their arrival. The pauses between attempts grow while the backlog stays full, and
// are jittered so that several processes don't try in step.
//
// Each connect makes a first attempt of its own. If that meets with room that opened after an earlier connect was
// refused, the later connect gives its socket to the earlier one and waits in its place: sockets are all alike.
import { type Linked, List } from "../collections/index.js";
import type { ConnectEvents, HostSocket, QueuedConnect, QueuedConnectEvents } from "./sockets.js";

const minPause = 0.5;
const maxPause = 8;

/** What the queues need from a host. */
export interface BacklogNeeds {
  connect(path: string, events: ConnectEvents): HostSocket;
  after(delay: number, job: () => void): () => void;
  random(): number;
  directory(): string;
}

export function queuedConnects(
  needs: BacklogNeeds,
): (path: string, events: QueuedConnectEvents) => QueuedConnect {
  const queues = new Map<string, BacklogQueue>();
  return (path, events) => new Connect(needs, queues, placeOf(path, needs), path, events);
}

let tickets = 0;

class Connect implements QueuedConnect, Linked<Connect> {
  before: Connect | null = null;
  after: Connect | null = null;
  /** Greater than that of every earlier connect. */
  readonly ticket: number = ++tickets;
  readonly events: QueuedConnectEvents;
  readonly #needs: BacklogNeeds;
  readonly #queues: Map<string, BacklogQueue>;
  readonly #place: string;
  #attempt: HostSocket | null = null;
  #isOver = false;
  isWaiting = false;

  constructor(
    needs: BacklogNeeds,
    queues: Map<string, BacklogQueue>,
    place: string,
    path: string,
    events: QueuedConnectEvents,
  ) {
    this.#needs = needs;
    this.#queues = queues;
    this.#place = place;
    this.events = events;
    if (queues.has(place) && !events.isPast()) this.#enqueue();
    else this.#try(path);
  }

  #try(path: string): void {
    this.#attempt = this.#needs.connect(path, {
      connected: () => {
        const socket = this.#attempt;
        this.#attempt = null;
        if (socket === null) return;
        const earlier = this.events.isPast() ? null : this.#takeEarlier();
        if (earlier !== null) this.#waitForRoom();
        (earlier ?? this).connected(socket);
      },
      refused: (failure) => {
        this.#attempt = null;
        if (failure === "EAGAIN" && !this.events.isPast()) this.#waitForRoom();
        else this.refused(failure);
      },
    });
  }

  #waitForRoom(): void {
    this.#enqueue();
    this.events.waiting();
  }

  #enqueue(): void {
    this.isWaiting = true;
    let queue = this.#queues.get(this.#place);
    if (queue === undefined) {
      queue = new BacklogQueue(this.#place, this.#queues, this.#needs);
      this.#queues.set(this.#place, queue);
    }
    queue.add(this);
  }

  #takeEarlier(): Connect | null {
    return this.#queues.get(this.#place)?.takeEarlier(this.ticket) ?? null;
  }

  connected(socket: HostSocket): void {
    this.#end();
    this.events.connected(socket);
  }

  refused(failure: Parameters<QueuedConnectEvents["refused"]>[0]): void {
    this.#end();
    this.events.refused(failure);
  }

  #end(): void {
    this.isWaiting = false;
    this.#isOver = true;
  }

  close(): void {
    if (this.#isOver) return;
    this.#attempt?.close();
    this.#attempt = null;
    if (this.isWaiting) this.#queues.get(this.#place)?.remove(this);
    this.#end();
  }
}

/** The connects that wait at one address. A queue exists as long as one does. */
class BacklogQueue {
  readonly #place: string;
  readonly #queues: Map<string, BacklogQueue>;
  readonly #needs: BacklogNeeds;
  readonly #connects: List<Connect> = new List<Connect>();
  #attempt: HostSocket | null = null;
  #cancelPause: () => void = () => {};
  #pause = minPause;

  constructor(place: string, queues: Map<string, BacklogQueue>, needs: BacklogNeeds) {
    this.#place = place;
    this.#queues = queues;
    this.#needs = needs;
  }

  add(connect: Connect): void {
    const connects = this.#connects;
    const isNew = connects.first === null;
    let next: Connect | null = null;
    for (let other = connects.last; other !== null; other = connects.previous(other)) {
      if (other.ticket < connect.ticket) break;
      next = other;
    }
    if (next === null) connects.add(connect);
    else connects.insert(connect, next);
    if (isNew) this.#rest();
  }

  /** Removes and returns the first connect, if it arrived before the holder of the ticket. */
  takeEarlier(ticket: number): Connect | null {
    const { first } = this.#connects;
    if (first === null || first.ticket > ticket) return null;
    this.remove(first);
    return first;
  }

  remove(connect: Connect): void {
    this.#connects.remove(connect);
    this.#endIfEmpty();
  }

  #rest(): void {
    const pause = this.#pause * (0.9 + this.#needs.random() / 5);
    this.#pause = Math.min(this.#pause * 1.5, maxPause);
    this.#cancelPause = this.#needs.after(pause, () => this.#try());
  }

  #try(): void {
    this.#attempt = this.#needs.connect(pathTo(this.#place, this.#needs), {
      connected: () => {
        const socket = this.#attempt;
        this.#attempt = null;
        this.#pause = minPause;
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

  /** Removes and returns the first connect, and tries for the one after it. */
  #next(): Connect | null {
    const { first } = this.#connects;
    if (first === null) return null;
    this.#connects.remove(first);
    this.#endIfEmpty();
    if (this.#connects.first !== null) this.#try();
    return first;
  }

  #endIfEmpty(): void {
    if (this.#connects.first !== null) return;
    this.#queues.delete(this.#place);
    this.#cancelPause();
    this.#attempt?.close();
    this.#attempt = null;
  }
}

/** The path, with the directory that it starts from if it is relative: the process may change directory meanwhile. */
function placeOf(path: string, needs: BacklogNeeds): string {
  return path.startsWith("/") ? path : `${path}\0${needs.directory()}`;
}

/** The path that leads to the place now. */
function pathTo(place: string, needs: BacklogNeeds): string {
  const [path = "", directory] = place.split("\0");
  const isHere = directory === undefined || directory === needs.directory();
  return isHere ? path : `${directory}/${path}`;
}
