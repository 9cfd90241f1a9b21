// Runs a program on the model: the main coroutine, the outside world, and the final sweep.
import { Behaviour } from "../behaviour.js";
import type { RunResult } from "../result.js";
import { outsideMoment, type Program } from "../program.js";
import { combine, type Failure, ModelError } from "./errors.js";
import { OutsideEvent } from "./events.js";
import { Group } from "./group.js";
import { Model } from "./interpreter.js";
import type { Task } from "./task.js";

/** How many moments a program may last: those of random programs end long before. */
const maxMoments = 10_000;

export function runModel(program: Program): RunResult {
  const model = new Model();
  const { kernel } = model;
  const behaviour = new Behaviour(model);
  const mainGroup = new Group(kernel, model.record, { afterEmptied: (main) => finish(main) });
  let outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;

  const finish = (main: Task): void => {
    // The members of a bundle that is being closed end with their closer.
    for (const group of model.bundles) if (!group.isClosed) group.cancelMembers();
    const failures = model.record.filter((failure) => isOpen(failure));
    const end = main.outcome;
    const errors = failures.map(({ error }) => error);
    if (errors.length > 0) outcome = { error: combine(errors) };
    else outcome = end as NonNullable<typeof end>;
  };

  let rank = 1;
  const outside = (
    at: number,
    events: OutsideEvent[],
    settle: (event: OutsideEvent) => void,
  ): void => {
    const event = new OutsideEvent();
    events.push(event);
    const moment = outsideMoment(at, rank++);
    if (moment < Infinity) kernel.arm(moment, () => settle(event));
  };
  for (const { at, isRejected } of program.promises) {
    const result = isRejected ? { error: "rejected" } : { value: "resolved" };
    outside(at, model.promises, (event) => event.settle(result));
  }
  for (const { at } of program.signals) {
    outside(at, model.signals, (event) => event.settle({ value: "aborted" }));
  }
  kernel.arm(outsideMoment(program.abortAt, 0), () => {
    if (program.grace === 0) mainGroup.cancelMembers();
    else {
      mainGroup.tellMembers();
      kernel.arm(kernel.time + program.grace, () => mainGroup.cancelMembers());
    }
  });

  kernel.start(behaviour.main(program), mainGroup);
  for (let moment = 0; outcome === undefined; moment++) {
    if (moment > maxMoments) throw new Error("the model goes on and on");
    kernel.drain();
    if (outcome !== undefined || kernel.advance()) continue;
    model.record.push({ error: new ModelError("EDEADLK"), isTaken: false });
    mainGroup.cancelMembers();
  }
  return { trace: behaviour.trace, outcome, starts: behaviour.starts, ends: behaviour.ends };
}

function isOpen({ isTaken }: Failure): boolean {
  return !isTaken;
}
