// Random programs against a small model: who meets whom, and what everybody is told.
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
  run,
} from "libdill-ts";
import { it } from "../support/it.js";

interface Clause {
  readonly isSender: boolean;
  /** Which of the four halves: 0 and 1 are the ends of one channel, 2 and 3 of another. */
  readonly half: number;
}

type Command =
  | { readonly do: "exchange"; readonly clause: Clause; readonly waits: boolean }
  | { readonly do: "choose"; readonly clauses: readonly Clause[]; readonly waits: boolean }
  | { readonly do: "cancel"; readonly which: number }
  | { readonly do: "chdone"; readonly half: number }
  | { readonly do: "hclose"; readonly half: number }
  | { readonly do: "yield" };

const halfArb = fc.nat({ max: 3 });
const clauseArb = fc.record({ isSender: fc.boolean(), half: halfArb });
const waitsArb = fc.nat({ max: 4 }).map((n) => n > 0);

const commandArb: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("exchange" as const),
      clause: clauseArb,
      waits: waitsArb,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("choose" as const),
      clauses: fc.array(clauseArb, { maxLength: 4 }),
      waits: waitsArb,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cancel" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("chdone" as const), half: halfArb }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("hclose" as const), half: halfArb }) },
  { weight: 2, arbitrary: fc.constant({ do: "yield" as const }) },
);

/** A message says who sent it: operation and clause. */
const messageOf = (id: number, index: number): number => id * 10 + index;

interface Waiting extends Clause {
  readonly id: number;
  readonly index: number;
  readonly isChoose: boolean;
}

/** What should happen. */
class Model {
  readonly outcomes: string[] = [];
  readonly #closed = [false, false, false, false];
  /** By the half that receives. */
  readonly #done = [false, false, false, false];
  #waiting: Waiting[] = [];

  start(id: number, clauses: readonly Clause[], isChoose: boolean, waits: boolean): void {
    const own = clauses.map((clause, index) => ({ ...clause, id, index, isChoose }));
    for (const party of own) {
      if (this.#closed[party.half] === true) return this.#end(party, "EBADF", true);
      if (this.#done[receiverOf(party)] === true) return this.#end(party, "EPIPE");
      const other = this.#waiting.find(
        (each) => each.isSender !== party.isSender && receiverOf(each) === receiverOf(party),
      );
      if (other !== undefined) return this.#meet(party, other);
    }
    if (waits) this.#waiting.push(...own);
    else this.outcomes[id] = "ETIMEDOUT";
  }

  cancel(id: number): void {
    this.#waiting = this.#waiting.filter((each) => each.id !== id);
    this.outcomes[id] ??= "ECANCELED";
  }

  chdone(half: number): string {
    if (this.#closed[half] === true) return "EBADF";
    const receiver = half ^ 1;
    if (this.#done[receiver] === true) return "EPIPE";
    this.#done[receiver] = true;
    this.#breakUp(receiver);
    return "";
  }

  hclose(half: number): string {
    if (this.#closed[half] === true) return "EBADF";
    this.#closed[half] = true;
    if (this.#closed[half ^ 1] === true) {
      this.#breakUp(half);
      this.#breakUp(half ^ 1);
    }
    return "";
  }

  #breakUp(receiver: number): void {
    for (const isSender of [false, true]) {
      for (;;) {
        const next = this.#waiting.find(
          (each) => each.isSender === isSender && receiverOf(each) === receiver,
        );
        if (next === undefined) break;
        this.#end(next, "EPIPE");
      }
    }
  }

  #meet(one: Waiting, other: Waiting): void {
    const sender = one.isSender ? one : other;
    const receiver = one.isSender ? other : one;
    this.#end(sender, "sent");
    this.#end(receiver, `got ${messageOf(sender.id, sender.index)}`);
  }

  #end(party: Waiting, outcome: string, isThrown = false): void {
    this.#waiting = this.#waiting.filter(({ id }) => id !== party.id);
    const prefix = party.isChoose && !isThrown ? `${party.index} ` : "";
    this.outcomes[party.id] = prefix + outcome;
  }
}

function receiverOf({ isSender, half }: Clause): number {
  return isSender ? half ^ 1 : half;
}

/** What does happen. */
class Reality {
  readonly outcomes: string[] = [];
  readonly bundles: (Bundle | null)[] = [];
  readonly #halves: readonly Channel<number>[] = [...chmake<number>(), ...chmake<number>()];

  start(id: number, clauses: readonly Clause[], isChoose: boolean, waits: boolean): void {
    const body = isChoose
      ? this.#choose(id, clauses, waits ? -1 : 0)
      : this.#exchange(id, clauses[0] as Clause, waits ? -1 : 0);
    this.bundles[id] = go(this.#record(id, body));
  }

  cancel(id: number): void {
    const h = this.bundles[id];
    if (h === null || h === undefined) return;
    hclose(h);
    this.bundles[id] = null;
  }

  chdone(half: number): string {
    return codeOf(() => chdone(this.#half(half)));
  }

  hclose(half: number): string {
    return codeOf(() => hclose(this.#half(half)));
  }

  #half(half: number): Channel<number> {
    return this.#halves[half] as Channel<number>;
  }

  *#record(id: number, body: Coroutine<string>): Coroutine {
    try {
      this.outcomes[id] = yield* body;
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.outcomes[id] = error.code;
    }
  }

  *#exchange(id: number, { isSender, half }: Clause, deadline: number): Coroutine<string> {
    if (!isSender) return `got ${yield* chrecv(this.#half(half), deadline)}`;
    yield* chsend(this.#half(half), messageOf(id, 0), deadline);
    return "sent";
  }

  *#choose(id: number, clauses: readonly Clause[], deadline: number): Coroutine<string> {
    const list = clauses.map(({ isSender, half }, index) => {
      const ch = this.#half(half);
      const value = messageOf(id, index);
      return isSender ? ({ op: "send", ch, value } as const) : ({ op: "recv", ch } as const);
    });
    const { index, value, error } = yield* choose(list, deadline);
    if (error !== undefined) return `${index} ${error.code}`;
    return clauses[index]?.isSender === true ? `${index} sent` : `${index} got ${value}`;
  }
}

function codeOf(body: () => void): string {
  try {
    body();
    return "";
  } catch (error) {
    if (isErrno(error)) return error.code;
    throw error;
  }
}

function* play(commands: readonly Command[]): Coroutine {
  const model = new Model();
  const reality = new Reality();
  let ids = 0;
  for (const command of commands) {
    if (command.do === "exchange" || command.do === "choose") {
      const clauses = command.do === "choose" ? command.clauses : [command.clause];
      const isChoose = command.do === "choose";
      const id = ids++;
      model.start(id, clauses, isChoose, command.waits);
      reality.start(id, clauses, isChoose, command.waits);
    } else if (command.do === "cancel") {
      if (ids === 0) continue;
      model.cancel(command.which % ids);
      reality.cancel(command.which % ids);
    } else if (command.do === "yield") {
      yield;
    } else {
      const { do: what, half } = command;
      expect(reality[what](half)).to.equal(model[what](half));
    }
  }
  yield;
  for (let id = 0; id < ids; id++) {
    expect(reality.outcomes[id], `operation ${id}`).to.equal(model.outcomes[id]);
  }
  for (const half of [3, 1, 0, 2]) expect(reality.hclose(half)).to.equal(model.hclose(half));
  yield;
  for (let id = 0; id < ids; id++) {
    model.cancel(id); // an empty choose waits for ever
    reality.cancel(id);
  }
  expect(reality.outcomes).to.deep.equal(model.outcomes);
  expectNothingLost(reality.outcomes);
}

/** Each message that was sent was received once, and none that was not sent. */
function expectNothingLost(outcomes: readonly string[]): void {
  const sent: number[] = [];
  const got: number[] = [];
  outcomes.forEach((outcome, id) => {
    const [, index, number] = /^(?:(\d) )?(?:got (\d+)|sent)$/.exec(outcome) ?? [];
    if (number !== undefined) got.push(Number(number));
    else if (outcome.endsWith("sent")) sent.push(messageOf(id, Number(index ?? 0)));
  });
  expect(got.toSorted((a, b) => a - b)).to.deep.equal(sent.toSorted((a, b) => a - b));
}

describe("a channel", () => {
  it("loses no message, doubles none, and serves first come, first served", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(commandArb, { maxLength: 60, size: "max" }), (commands) =>
        run(play(commands)),
      ),
      { numRuns: 500 },
    );
  });
});
