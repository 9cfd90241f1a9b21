// Laws of channels: whatever programs do with them, messages are neither lost nor doubled, those who
// wait are served first come first served, and nothing is left behind. Random programs are compared
// with a model of lists, which knows nothing of coroutines.
import { expect } from "chai";
import fc from "fast-check";
import {
  type Bundle,
  type Channel,
  chdone,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  isErrno,
  join,
  run,
} from "libdill-ts";
import { codeOf, codeOfCall } from "../support/failure.js";
import { it } from "../support/it.js";

/** The ends of the channels by number: 0 and 1 are a channel, 2 and 3 are, and so on. */
type End = number;

interface Clause {
  readonly op: "send" | "recv";
  readonly end: End;
}

type Command =
  | { readonly kind: "exchange"; readonly clause: Clause; readonly deadline: number }
  | { readonly kind: "choose"; readonly clauses: readonly Clause[]; readonly deadline: number }
  | { readonly kind: "cancel"; readonly who: number }
  | { readonly kind: "done" | "close"; readonly end: End }
  | { readonly kind: "yield" };

const ends = 4;
const end = fc.nat({ max: ends - 1 });
const clause = fc.record({ op: fc.constantFrom("send", "recv"), end });
const deadline = fc.constantFrom(-1, -1, -1, 0, 1);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("exchange"), clause, deadline }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("choose"),
      clauses: fc.array(clause, { maxLength: 4 }),
      deadline,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("cancel"), who: fc.nat({ max: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("yield") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("done", "close"), end }) },
);

describe("channels, whatever is done with them", () => {
  it("do what the model does", async () => {
    const programs = fc.array(command, { maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        const model = new Model();
        const outcomes = await run(carryOut(program, model));
        expect(outcomes).to.deep.equal(model.outcomes);
        expectExchanged(outcomes);
      }),
      { numRuns: 1000 },
    );
  });

  it("neither lose nor double a message of coroutines that go on and are canceled", async () => {
    const worker = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant("exchange" as const), clause, deadline }),
        fc.record({
          kind: fc.constant("choose" as const),
          clauses: fc.array(clause, { minLength: 1, maxLength: 3 }),
          deadline,
        }),
        fc.record({ kind: fc.constant("yield" as const) }),
      ),
      { maxLength: 12 },
    );
    const workers = fc.array(fc.record({ steps: worker, life: fc.nat({ max: 12 }) }), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(workers, async (program) => {
        expectExchanged(await run(letWork(program)));
      }),
      { numRuns: 500 },
    );
  });

  it("keep the order of one sender's messages to one receiver", async () => {
    const pauses = fc.array(fc.boolean(), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(pauses, pauses, async (ofSender, ofReceiver) => {
        const received = await run(
          (function* () {
            const [a, b] = chmake<number>();
            const sender = go(
              (function* () {
                for (const [i, pause] of ofSender.entries()) {
                  if (pause) yield;
                  yield* chsend(a, i, -1);
                }
                chdone(a);
              })(),
            );
            const messages: number[] = [];
            try {
              for (let i = 0; ; i++) {
                if (ofReceiver[i] === true) yield;
                messages.push(yield* chrecv(b, -1));
              }
            } catch (e) {
              if (!isErrno(e, "EPIPE")) throw e;
            }
            yield* join(sender, -1);
            return messages;
          })(),
        );
        expect(received).to.deep.equal(ofSender.map((_, i) => i));
      }),
    );
  });
});

/** Each command in the model and in a coroutine of its own; returns what became of each. */
function* carryOut(program: readonly Command[], model: Model): Coroutine<string[]> {
  const channels = makeEnds();
  const outcomes: string[] = [];
  const coroutines: (Bundle | undefined)[] = [];
  for (const step of program) {
    switch (step.kind) {
      case "exchange":
      case "choose": {
        const id = coroutines.length;
        outcomes.push("waits");
        model.start(step);
        coroutines.push(go(note(outcomes, id, attempt(step, channels, id))));
        break;
      }
      case "cancel": {
        const h = coroutines[step.who];
        if (h === undefined) break;
        model.cancel(step.who);
        hclose(h);
        coroutines[step.who] = undefined;
        break;
      }
      case "done": {
        const expected = model.done(step.end);
        expect(codeOfCall(() => chdone(channels[step.end] as Channel<number>))).to.equal(expected);
        break;
      }
      case "close": {
        const expected = model.close(step.end);
        expect(codeOfCall(() => hclose(channels[step.end] as Channel<number>))).to.equal(expected);
        break;
      }
      case "yield":
        yield;
    }
  }
  for (const [id, h] of coroutines.entries()) {
    if (h === undefined) continue;
    model.cancel(id);
    hclose(h);
  }
  for (const [i, ch] of channels.entries()) {
    expect(yield* codeOf(chsend(ch, 0, 0))).to.equal(model.probe({ op: "send", end: i }));
    expect(yield* codeOf(chrecv(ch, 0))).to.equal(model.probe({ op: "recv", end: i }));
  }
  return outcomes;
}

/** Workers that carry out one step after the other, each canceled after some turns. */
function* letWork(
  workers: readonly { readonly steps: readonly Command[]; readonly life: number }[],
): Coroutine<string[]> {
  const channels = makeEnds();
  const outcomes: string[] = [];
  const coroutines = workers.map(({ steps }) => go(work(steps, channels, outcomes)));
  const longest = Math.max(0, ...workers.map(({ life }) => life));
  for (let turn = 0; turn <= longest; turn++) {
    for (const [i, { life }] of workers.entries()) {
      const h = coroutines[i];
      if (life === turn && h !== undefined) hclose(h);
    }
    yield;
  }
  for (const ch of channels) {
    expect(yield* codeOf(chsend(ch, 0, 0))).to.equal("ETIMEDOUT");
    expect(yield* codeOf(chrecv(ch, 0))).to.equal("ETIMEDOUT");
  }
  return outcomes;
}

function* work(
  steps: readonly Command[],
  channels: readonly Channel<number>[],
  outcomes: string[],
): Coroutine {
  for (const step of steps) {
    if (step.kind === "yield") {
      try {
        yield;
      } catch (e) {
        if (!isErrno(e, "ECANCELED")) throw e;
      }
    } else if (step.kind === "exchange" || step.kind === "choose") {
      const id = outcomes.push("waits") - 1;
      yield* note(outcomes, id, attempt(step, channels, id));
    }
  }
}

function* note(outcomes: string[], id: number, outcome: Coroutine<string>): Coroutine {
  outcomes[id] = yield* outcome;
}

/** Message `100 * id + i` is sent by clause `i` of the `id`-th attempt. */
function* attempt(
  step: Command,
  channels: readonly Channel<number>[],
  id: number,
): Coroutine<string> {
  try {
    if (step.kind === "exchange") {
      const { op, end: i } = step.clause;
      const ch = channels[i] as Channel<number>;
      if (op === "recv") return `received ${yield* chrecv(ch, step.deadline)}`;
      yield* chsend(ch, 100 * id, step.deadline);
      return `sent ${100 * id}`;
    }
    if (step.kind !== "choose") return "";
    const clauses = step.clauses.map(({ op, end: i }, place) => {
      const ch = channels[i] as Channel<number>;
      return op === "recv" ? ({ op, ch } as const) : ({ op, ch, value: 100 * id + place } as const);
    });
    const { index, value, error } = yield* choose(clauses, step.deadline);
    if (error !== undefined) return `${error.code} of ${index}`;
    return step.clauses[index]?.op === "recv" ? `received ${value}` : `sent ${100 * id + index}`;
  } catch (e) {
    if (isErrno(e)) return e.code;
    throw e;
  }
}

/** Each message that was sent has been received, once, and none besides. */
function expectExchanged(outcomes: readonly string[]): void {
  const sorted = (word: string): string[] =>
    outcomes
      .flatMap((outcome) => (outcome.startsWith(word) ? [outcome.slice(word.length)] : []))
      .toSorted();
  expect(sorted("received ")).to.deep.equal(sorted("sent "));
}

function makeEnds(): Channel<number>[] {
  return Array.from({ length: ends / 2 }, () => chmake<number>()).flat();
}

interface Waiting {
  readonly id: number;
  readonly place: number;
  readonly op: "send" | "recv";
  readonly mailbox: number;
}

/** What channels do, told with one list of all who wait, in the order in which they came. */
class Model {
  readonly outcomes: string[] = [];
  readonly #attempts: Command[] = [];
  readonly #isDone = new Set<number>();
  readonly #isClosed = new Set<End>();
  #waiting: Waiting[] = [];

  start(step: Command): void {
    this.#attempts.push(step);
    this.outcomes.push(this.#try(step));
  }

  #try(step: Command): string {
    const id = this.outcomes.length;
    const clauses = clausesOf(step);
    const parties: Waiting[] = [];
    for (const [place, { op, end: i }] of clauses.entries()) {
      if (this.#isClosed.has(i)) return "EBADF";
      const party = { id, place, op, mailbox: op === "send" ? i ^ 1 : i };
      if (this.#isDone.has(party.mailbox)) return this.#broken(party, step);
      const other = this.#waiting.find((one) => one.mailbox === party.mailbox && one.op !== op);
      if (other === undefined) {
        parties.push(party);
        continue;
      }
      const message = op === "send" ? 100 * id + place : 100 * other.id + other.place;
      this.#settle(other, op === "send" ? `received ${message}` : `sent ${message}`);
      return op === "send" ? `sent ${message}` : `received ${message}`;
    }
    if ("deadline" in step && step.deadline !== -1) return "ETIMEDOUT";
    this.#waiting.push(...parties);
    return "waits";
  }

  cancel(id: number): void {
    if (this.outcomes[id] === "waits") this.#settle({ id }, "ECANCELED");
  }

  done(i: End): string {
    if (this.#isClosed.has(i)) return "EBADF";
    if (this.#isDone.has(i ^ 1)) return "EPIPE";
    this.#isDone.add(i ^ 1);
    this.#breakUp(i ^ 1);
    return "";
  }

  close(i: End): string {
    if (this.#isClosed.has(i)) return "EBADF";
    this.#isClosed.add(i);
    if (!this.#isClosed.has(i ^ 1)) return "";
    this.#breakUp(i & ~1);
    this.#breakUp(i | 1);
    return "";
  }

  /** The code of an attempt with deadline 0 while nobody waits. */
  probe({ op, end: i }: Clause): string {
    if (this.#isClosed.has(i)) return "EBADF";
    return this.#isDone.has(op === "send" ? i ^ 1 : i) ? "EPIPE" : "ETIMEDOUT";
  }

  #breakUp(mailbox: number): void {
    for (const op of ["recv", "send"] as const) {
      for (;;) {
        const party = this.#waiting.find((one) => one.mailbox === mailbox && one.op === op);
        if (party === undefined) break;
        this.#settle(party, this.#broken(party, this.#attempts[party.id] as Command));
      }
    }
  }

  #broken({ place }: Waiting, step: Command): string {
    return step.kind === "choose" ? `EPIPE of ${place}` : "EPIPE";
  }

  #settle({ id }: { readonly id: number }, outcome: string): void {
    this.outcomes[id] = outcome;
    this.#waiting = this.#waiting.filter((party) => party.id !== id);
  }
}

function clausesOf(step: Command): readonly Clause[] {
  if (step.kind === "exchange") return [step.clause];
  return step.kind === "choose" ? step.clauses : [];
}
