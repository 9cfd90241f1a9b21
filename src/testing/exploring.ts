// The search for a schedule that fails.
import {
  DillError,
  dillError,
  inspectSafely,
  isErrno,
  shortened,
  textOf,
} from "../errors/index.js";
import { ChoiceMaker, type Decide } from "./choiceMaker.js";
import { randomFrom } from "./random.js";
import { nextTurn, realTime } from "./realTime.js";
import { type Schedule, textOfSchedule } from "./schedule.js";
import { ScheduleFailure } from "./scheduleFailure.js";
import { type Body, Schedules } from "./schedules.js";
import { bounded, pct, randomWalk, replay, type Search } from "./search/index.js";
import type { Settings } from "./settings.js";
import { shrink } from "./shrink.js";
import { limitTime } from "./timeLimit.js";
import { Trace } from "./trace.js";

/** What an exploration that has found nothing has done. */
export interface Exploration {
  readonly schedules: number;
  /** Whether these were all schedules that the search can try. */
  readonly isComplete: boolean;
  /** How many choices there were in all of them. */
  readonly choices: number;
}

/** Where to look, and for how long. */
export interface Limits {
  readonly schedules: number;
  readonly seconds: number;
  readonly search: "random" | "pct" | "all";
  readonly deviations: number;
  readonly order: "fifo" | "any";
  readonly turnEnds: number;
}

/** How long a failure may be shrunk, in milliseconds. Mocha ends a test after two seconds, and what was found would be lost. */
const shrinkTime = 500;
/** How long one schedule may take at least, in milliseconds, if an exploration has less: many take a second on a busy machine. */
const leastTime = 10_000;
/** How long the real event loop may be kept waiting, in milliseconds. */
const longestSpell = 20;
/** How much of a schedule an error message has. */
const longestText = 1000;
/** How many lines of the print-out an error message has. */
const linesInMessage = 60;

/** How a schedule has failed. */
interface Failing {
  readonly error: unknown;
  /** It has not ended in time: trying that again and again would take too long. */
  readonly isEndless: boolean;
}

export class Exploring {
  private readonly program: Schedules<unknown>;
  private readonly settings: Settings;
  private readonly limits: Limits;
  private schedules = 0;
  private choices = 0;
  private spell = realTime.now();
  /** How long a schedule may take, in milliseconds. All have the same, so that the last one does not fail by beginning late. */
  private readonly longest: number;

  constructor(body: Body<unknown>, settings: Settings, limits: Limits) {
    this.program = new Schedules(body, settings, limits.order);
    this.settings = settings;
    this.limits = limits;
    this.longest = Math.max(limits.seconds * 1000, leastTime);
  }

  async search(): Promise<Exploration> {
    const { limits } = this;
    const end = realTime.now() + limits.seconds * 1000;
    const search = this.newSearch();
    const isOver = (): boolean => this.schedules >= limits.schedules || realTime.now() > end;
    for (let decide = search.next(); decide !== undefined; decide = search.next()) {
      if (this.schedules === 0) await this.checkRepeatable();
      else if (isOver()) return this.result(false);
      const choices = this.maker(decide);
      const failure = await this.attempt(choices);
      if (failure !== undefined) await this.tell(choices.deviations, failure);
      search.done(choices);
      if (realTime.now() - this.spell > longestSpell) await this.rest();
    }
    return this.result(true);
  }

  /** Runs that one schedule, and no other. */
  async replay(schedule: Schedule): Promise<Exploration> {
    const trace = new Trace();
    const replayed = replay(schedule);
    const choices = this.maker(replayed.decide, trace);
    const failure = await this.attempt(choices, trace);
    const wrong = replayed.misfit();
    if (wrong !== undefined) throw wrong;
    if (failure !== undefined) throw this.failureOf(schedule, failure.error, trace, "");
    return this.result(false);
  }

  private result(isComplete: boolean): Exploration {
    return { schedules: this.schedules, isComplete, choices: this.choices };
  }

  private newSearch(): Search {
    const { search, deviations, turnEnds } = this.limits;
    const random = randomFrom(this.settings.seed);
    if (search === "all") return bounded(deviations);
    return search === "pct" ? pct(random) : randomWalk(random, turnEnds);
  }

  private maker(decide: Decide, trace?: Trace): ChoiceMaker {
    return new ChoiceMaker(decide, randomFrom(this.settings.seed), true, (deviation) =>
      trace?.deviates(deviation),
    );
  }

  /** Runs one schedule. Undefined: the program has not failed. */
  private async attempt(
    choices: ChoiceMaker,
    trace: Trace | null = null,
    time = this.longest,
  ): Promise<Failing | undefined> {
    this.schedules += 1;
    const limit = limitTime(time);
    try {
      await this.program.run(choices, trace);
      return undefined;
    } catch (error) {
      const late = limit.error();
      return { error: late ?? error, isEndless: late !== undefined };
    } finally {
      limit.lift();
      this.choices += choices.count;
    }
  }

  private async rest(): Promise<void> {
    await nextTurn();
    this.spell = realTime.now();
  }

  /** Two runs under one schedule are the same, or nothing that is found can be repeated. */
  private async checkRepeatable(): Promise<void> {
    const first = await this.traceOf(() => 0);
    const second = await this.traceOf(() => 0);
    this.schedules = 0;
    this.choices = 0;
    const place = first.findIndex((line, i) => line !== second[i]);
    if (place < 0 && first.length === second.length) return;
    const at = place < 0 ? first.length : place;
    const message = `the program does not do the same in each run, so that no failure could be repeated: it depends on something real, as Math.random() or Date.now() are, or on a variable outside of it that keeps its value. Line ${at + 1} was, and then was:`;
    const lines = [first[at], second[at]].map((line) => `  ${line ?? "(the end)"}`);
    throw dillError("EINVAL", "explore", { message, lines });
  }

  private async traceOf(decide: Decide): Promise<readonly string[]> {
    const trace = new Trace();
    const failure = await this.attempt(this.maker(decide, trace), trace);
    if (failure?.isEndless === true) throw this.failureOf([], failure.error, trace, "");
    return trace.plain();
  }

  private async tell(found: Schedule, { error, isEndless }: Failing): Promise<never> {
    if (isMistake(error)) throw error;
    const tried = this.schedules;
    if (isEndless) throw this.failureOf(found, error, null, foundBy(tried, found), tried);
    const kind = kindOf(error);
    const smallest = await shrink(found, shrinkTime, async (schedule) => {
      const choices = this.maker(replay(schedule).decide);
      const failure = await this.attempt(choices, null, shrinkTime);
      if (realTime.now() - this.spell > longestSpell) await this.rest();
      return failure !== undefined && kindOf(failure.error) === kind
        ? choices.deviations
        : undefined;
    });
    for (const schedule of new Set([smallest, found])) {
      const trace = new Trace();
      const again = await this.attempt(this.maker(replay(schedule).decide, trace), trace);
      if (again === undefined || kindOf(again.error) !== kind) continue;
      const how = foundBy(tried, schedule, schedule === smallest);
      throw this.failureOf(schedule, again.error, trace, how, tried);
    }
    throw this.failureOf(found, error, null, ` (${unrepeatable(tried)})`, tried);
  }

  private failureOf(
    schedule: Schedule,
    error: unknown,
    trace: Trace | null,
    how: string,
    tried = 1,
  ): ScheduleFailure {
    const { order } = this.limits;
    const text = textOfSchedule({ seed: this.settings.seed, order, schedule });
    const body = trace === null ? "" : `${trace.text(linesInMessage)}\n\n`;
    const message = `${headOf(error)}${how}\n\n${body}replay: ${inShort(text)}`;
    return new ScheduleFailure(message, error, text, trace?.text(Infinity) ?? "", tried);
  }
}

/** A schedule that was not shrunk may have thousands of deviations. */
function inShort(text: string): string {
  if (text.length <= longestText) return `"${text}"`;
  return `the error's schedule, which begins with "${text.slice(0, longestText)}"`;
}

/** How a failure was found, for a person. */
function foundBy(tried: number, { length }: Schedule, isShrunk = false): string {
  if (length === 0) return " (as everything goes by default, without any deviation)";
  const count = length === 1 ? "1 deviation" : `${length} deviations`;
  return ` (found by schedule ${tried}, ${isShrunk ? "shrunk to" : "with"} ${count})`;
}

/** Said of what has failed once. */
function unrepeatable(tried: number): string {
  return `found by schedule ${tried}, and it could not be repeated: run again, the same schedule does not fail in this way, since the program depends on something real or on a variable outside of it that keeps its value`;
}

/** How much of an error is told in the first line. */
const longestHead = 1000;

/** The first line of what an error says. */
function headOf(error: unknown): string {
  const text = inspectSafely(() => String(error), "an error that can't be shown");
  const [line = ""] = text.split("\n");
  return shortened(textOf(line).replace(/[:,;]$/, ""), longestHead);
}

/**
 * What makes one failure the same as another: a different one, found on the way, is another story. Numbers differ from schedule to
 * schedule.
 */
function kindOf(error: unknown): string {
  return headOf(error).replaceAll(/\d+/g, "#");
}

/** Whether the program was not even tried: what it asks of its simulation can't be. */
function isMistake(error: unknown): boolean {
  return inspectSafely(() => {
    const isOurs = error instanceof DillError && error.syscall === "simulate";
    return isOurs && isErrno(error, "EINVAL", "ENOTSUP");
  }, false);
}
