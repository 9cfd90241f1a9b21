// One run: its main coroutine, how that is told and canceled, and its end.
import { dillError, nativeError } from "../errors/index.js";
import type { Owner } from "../handles/index.js";
import { host } from "../host/index.js";
import {
  type AnyGenerator,
  claim,
  errorOf,
  type Failure,
  final,
  forgetUnseen,
  Group,
  newFailure,
  owed,
  Task,
  type TaskGroup,
  whenAtRest,
} from "../kernel/index.js";
import { Survey, treeOf } from "../snapshot/index.js";
import { leaveWatch, watchedRuns, type WatchedRun, watchRun } from "./deadlock.js";
import { GraceAlarm } from "./graceAlarm.js";
import { RunSignal } from "./runSignal.js";
import { groupsOf, hasReadyTask, sweep } from "./sweep.js";

/** How a run is started. */
export interface RunStart {
  readonly signal?: AbortSignal | undefined;
  /** Who may cancel it: nobody, the caller's signal, the process's signals, or code of the house that holds the run. */
  readonly by: "nobody" | "caller" | "process" | "holder";
  /** In milliseconds. */
  readonly grace: number;
  /** The task that waits for the run, if code of the house knows of one. */
  readonly parent?: Task | undefined;
}

type Settle = (value: unknown) => void;

/** How many lines an error has about the coroutines. */
const maxListed = 40;

export class Run implements Owner, WatchedRun {
  open = 0;
  live = 0;
  isEnding = false;
  readonly group: MainGroup;
  private readonly options: RunStart;
  private readonly resolve: Settle;
  private readonly reject: Settle;
  private readonly signal: RunSignal | null;
  private alarm: GraceAlarm | null = null;
  /** Why it was canceled, if not by the signal. */
  private reason: unknown;
  private failures: Failure[] = [];
  /** Told when the signal has come. */
  private readonly sleepers = new Set<() => void>();
  /** How much work of others it waits for. */
  unfinished = 0;
  /** Its main coroutine, once that has ended. */
  private ended: Task | null = null;
  /** What the run was canceled with, once it has ended with nothing but that cancellation. */
  canceledBy: unknown;

  constructor(options: RunStart, resolve: Settle, reject: Settle) {
    this.options = options;
    this.resolve = resolve;
    this.reject = reject;
    this.group = new MainGroup(this, options.parent ?? null);
    const { signal } = options;
    this.signal = signal === undefined ? null : new RunSignal(signal, () => this.signalComes());
    this.group.unlink(); // nested in another run or not: it is nobody's child
  }

  start(generator: AnyGenerator): void {
    const main = new Task(generator, this.group, this);
    if (this.signal?.hasCome === true) this.cancelAtStart(main);
    else this.signal?.watch(); // may throw: nobody else may know of the run before that
    claim(generator);
    const hasStarted = host.runStarts();
    watchRun(this);
    this.group.begin(main);
    hasStarted();
  }

  /** A signal that has come already: the main coroutine starts all the same, and hears of it where it first waits. */
  private cancelAtStart(main: Task): void {
    if (this.options.grace === 0) main.cancellation = final;
    else {
      main.cancellation = owed;
      this.armGrace();
    }
  }

  private signalComes(): void {
    for (const come of this.sleepers) come();
    this.sleepers.clear();
    whenAtRest(() => this.tellMain());
  }

  private tellMain(): void {
    if (this.ended !== null) return;
    if (this.options.grace === 0) {
      this.group.cancelAll();
      return;
    }
    this.armGrace();
    this.group.tellAll();
  }

  private armGrace(): void {
    this.alarm = new GraceAlarm(this.options.grace, () => this.group.cancelAll());
  }

  /** Cancels the main coroutine without grace, as soon as no coroutine is on the stack. */
  cancelLater(reason: unknown): void {
    if (this.signal?.hasCome !== true) this.reason ??= reason;
    whenAtRest(() => {
      if (this.ended === null) this.group.cancelAll();
    });
  }

  awaitSignal(come: () => void): () => void {
    this.sleepers.add(come);
    return () => void this.sleepers.delete(come);
  }

  failed(error: unknown): void {
    this.failures.push(newFailure(error));
  }

  awaitWork(work: PromiseLike<unknown>): void {
    this.unfinished += 1;
    work.then(
      () => this.workEnded(),
      (error: unknown) => {
        this.failures.push(newFailure(error));
        this.workEnded();
      },
    );
  }

  private workEnded(): void {
    this.unfinished -= 1;
    if (this.unfinished === 0 && this.ended !== null) this.settle(this.ended);
  }

  /** The main coroutine has ended: with it ends all that was started under it. */
  mainEnded(main: Task): void {
    this.signal?.leave();
    this.alarm?.stop();
    if (main.ending === "error") this.failures.push(newFailure(main.value, main));
    this.isEnding = true;
    for (const failure of sweep(this)) this.failures.push(failure); // too many for the arguments of one call, perhaps
    this.ended = main;
    if (this.unfinished === 0) this.settle(main);
  }

  private settle(main: Task): void {
    this.ended = null; // once only
    leaveWatch(this);
    const isLast = watchedRuns.size === 0;
    host.runEnds(isLast);
    if (isLast) forgetUnseen();
    if (this.live !== 0) this.failures.push(newFailure(this.unended()));

    if (this.failures.length > 0) this.reject(nativeError(errorOf(this.failures)));
    else if (main.ending === "value") this.resolve(main.value);
    else {
      this.canceledBy = this.reason ?? this.signal?.reason;
      this.reject(nativeError(main.value, this.canceledBy));
    }
  }

  /** The promise of every run. That it is broken is a fault of this library, and nobody must miss it. */
  private unended(): Error {
    const message = `${this.live} coroutines of the run have not ended; this is a fault of libdill-ts, please report it`;
    return dillError("EDEADLK", "run", message);
  }

  private get canBeSignaled(): boolean {
    return this.signal !== null && !this.signal.hasCome && !this.isEnding;
  }

  get isAbortable(): boolean {
    const { by } = this.options;
    return this.canBeSignaled && (by === "caller" || by === "process");
  }

  get expectsSignal(): boolean {
    return this.canBeSignaled && this.options.by === "caller";
  }

  get mayBeCanceled(): boolean {
    return this.canBeSignaled || (this.options.by === "holder" && !this.isEnding);
  }

  get isAwake(): boolean {
    return hasReadyTask(this);
  }

  deadlocked(): void {
    if (this.ended !== null) {
      const message =
        "its coroutines have ended, and nothing is left that could end what it waits for";
      this.fail(dillError("EDEADLK", "run", message));
      return;
    }
    const message = "every coroutine waits, and nothing is left that could wake one:";
    this.fail(dillError("EDEADLK", "run", { message, lines: this.describe() }));
  }

  describe(): readonly string[] {
    const survey = new Survey(this.groups());
    const style = { first: survey.first, times: false, most: maxListed };
    return treeOf(survey.describe(true), style).map((line) => `  ${line}`);
  }

  groups(): readonly TaskGroup[] {
    return groupsOf(this);
  }

  fail(error: unknown): void {
    this.failures.push(newFailure(error));
    if (this.ended === null) this.group.cancelAll();
    else this.settle(this.ended);
  }
}

/** The group of a run's main coroutine. */
export class MainGroup extends Group {
  private readonly run: Run;

  constructor(run: Run, parent: Task | null) {
    super(run, parent);
    this.run = run;
  }

  begin(main: Task): void {
    this.launch(main);
  }

  /** The run has it from the task itself. */
  protected override memberFailed(): void {}

  override ended(task: Task): void {
    super.ended(task);
    this.run.mainEnded(task);
  }
}
