// The dialogues of a serve: a bundle that says when there is something to do for whoever accepts.
import { closeHandle, type Handle, isOpen } from "../handles/index.js";
import {
  type AnyGenerator,
  checkGenerator,
  claim,
  type Coroutine,
  currentTask,
  type Event,
  type Task,
  type Waiter,
} from "../kernel/index.js";
import { BundleResource } from "../runtime/index.js";
import { shareName } from "../snapshot/index.js";

/** What serve is given: a generator function that takes the socket. */
export type Dialogue<S extends Handle> = (s: S) => Coroutine<unknown>;

export class Dialogues extends BundleResource {
  private readonly most: number;
  private count = 0;
  private readonly change: Change = new Change(this);

  constructor(onError: ((error: unknown) => void) | null, most: number) {
    super(onError);
    this.most = most;
  }

  get hasRoom(): boolean {
    return this.count < this.most;
  }

  /** Somebody has failed, or there is room again. */
  get changed(): Event<void> {
    this.change.waitsForRoom = !this.hasRoom;
    return this.change;
  }

  hold<S extends Handle>(dialogue: Dialogue<S>, s: S): void {
    const generator = session(dialogue, s) as AnyGenerator;
    claim(generator);
    this.count += 1;
    this.start(generator);
  }

  override ended(task: Task): void {
    this.count -= 1;
    super.ended(task);
    this.change.look();
  }
}

/** Whatever becomes of the dialogue, also before its first step, the socket is not left behind. */
function* session<S extends Handle>(dialogue: Dialogue<S>, s: S): Coroutine {
  try {
    const generator = checkGenerator(dialogue(s), "serve", "serve");
    claim(generator);
    shareName(generator, currentTask()?.generator);
    yield* generator as Coroutine<unknown>;
  } finally {
    if (isOpen(s)) closeHandle(s, "serve");
  }
}

class Change implements Event<void> {
  readonly source = "coroutines";
  waitsForRoom = false;
  private readonly dialogues: Dialogues;
  private waiter: Waiter | null = null;

  constructor(dialogues: Dialogues) {
    this.dialogues = dialogues;
  }

  isReady(): boolean {
    return this.dialogues.hasFailed || (this.waitsForRoom && this.dialogues.hasRoom);
  }

  add(waiter: Waiter): void {
    this.waiter = waiter;
  }

  remove(): void {
    this.waiter = null;
  }

  take(): void {}

  look(): void {
    const { waiter } = this;
    if (waiter === null || !this.isReady()) return;
    this.waiter = null;
    waiter.fire();
  }
}
