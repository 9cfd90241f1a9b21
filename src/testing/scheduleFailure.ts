// What an exploration has found.

/** A schedule under which the program fails. `cause` is what it fails with. */
export class ScheduleFailure extends Error {
  /** The schedule, for {@link ExploreOptions.replay}. */
  readonly schedule: string;
  /** What happened, line by line. */
  readonly trace: string;
  /** How many schedules had been run by then. */
  readonly schedules: number;

  /** @internal */
  constructor(message: string, cause: unknown, schedule: string, trace: string, schedules: number) {
    super(message, { cause });
    this.schedule = schedule;
    this.trace = trace;
    this.schedules = schedules;
  }
}

Object.defineProperty(ScheduleFailure.prototype, "name", {
  value: "ScheduleFailure",
  configurable: true,
});
