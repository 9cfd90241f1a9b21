import { expect } from "chai";
import { it as plain } from "mocha";
import {
  bsend,
  brecv,
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chdone,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  hclose,
  ipcPair,
  msleep,
  now,
  until,
} from "libdill-ts";
import { type Body, explore, type ExploreOptions, ScheduleFailure } from "libdill-ts/testing";
import { codeOf, rejectionOf } from "../support/failure.js";
import { it } from "../support/it.js";

/** Two coroutines read a number, wait for something that never makes them wait, and write it back. */
const lostUpdate: Body<void> = function* () {
  const [a, b] = chmake();
  let count = 0;
  const counters = bundle();
  const sink = bundle();
  bundleGo(
    sink,
    (function* () {
      for (;;) yield* chrecv(b, -1);
    })(),
  );
  for (let i = 0; i < 2; i++) {
    bundleGo(
      counters,
      (function* () {
        const seen = count;
        yield* chsend(a, seen, -1);
        count = seen + 1;
      })(),
    );
  }
  yield* bundleWait(counters, -1);
  hclose(counters);
  hclose(sink);
  hclose(a);
  hclose(b);
  if (count !== 2) throw new Error(`an update was lost: ${count}`);
};

function* receive(ch: Channel<never, unknown>): Coroutine {
  yield* chrecv(ch, -1);
}

async function failureOf(body: Body<void>, options?: ExploreOptions): Promise<ScheduleFailure> {
  const error = await rejectionOf(explore(body, options));
  expect(error).to.be.an.instanceof(ScheduleFailure);
  return error as ScheduleFailure;
}

describe("explore", () => {
  describe("finds a lost update that production never shows", () => {
    for (const search of ["random", "pct", "all"] as const) {
      plain(`by ${search}, and shrinks it to one turn that ends`, async () => {
        const failure = await failureOf(lostUpdate, { search });
        expect(failure.message).to.match(/an update was lost: 1/);
        expect(failure.schedule).to.match(/^1:1 \d+t$/);
        expect(String(failure.cause)).to.equal("Error: an update was lost: 1");
      });
    }
  });

  it("prints what happened, line by line, with the deviation and the replay", async () => {
    const { message, schedule, trace } = await failureOf(lostUpdate);
    expect(message).to.match(/chsend\(c1\).*<- choice \d+: the turn ends here/);
    expect(message).to.include(`replay: "${schedule}"`);
    expect(trace.split("\n").length).to.be.above(5);
  });

  plain("refuses an option that there is not: EINVAL", async () => {
    const options: object = { shedules: 5 };
    const error = await rejectionOf(explore(lostUpdate, options));
    expect(error).to.have.property("code", "EINVAL");
    expect(String(error)).to.include("there is no option shedules; there are schedules, ");
  });

  describe("the print-out", () => {
    plain("says what the program was given, in a line of its own", async () => {
      const { trace } = await failureOf(
        function* (sim) {
          yield* msleep(now() + sim.between(1, 9));
          if (sim.elapsed > 3) throw new Error("late");
        },
        { search: "all" },
      );
      expect(trace).to.match(
        /main {2}is given 4 .*<- choice 0: not the first one\n.*main {2}msleep, and waits/,
      );
    });

    plain("says of everybody that it waits, also at the end", async () => {
      const { trace } = await failureOf(
        function* () {
          const [a, b] = chmake();
          bundleGo(bundle(), receive(b));
          bundleGo(bundle(), receive(b));
          yield* chrecv(a, -1);
        },
        { search: "all" },
      );
      const lines = trace.split("\n");
      expect(lines.slice(0, 3).every((line) => line.endsWith("and waits"))).to.equal(true);
      expect(lines[3]).to.match(/everybody waits, and nothing is left to come$/);
      expect(trace).to.match(/\n {2}#1, #2 started |\n {2}#1 started .*\n {2}#2 started /);
    });

    plain("names the two ends of a channel alike, also among the clauses of a choose", async () => {
      const { trace } = await failureOf(
        function* () {
          const [near, far] = chmake<number>();
          const [other] = chmake<number>();
          bundleGo(bundle(), receive(far));
          const clauses = [
            { op: "recv", ch: other },
            { op: "send", ch: near, value: 1 },
          ] as const;
          yield* choose(clauses, -1);
          yield* choose([clauses[0], { op: "deadline", deadline: now() + 1 }], -1);
          throw new Error("oops");
        },
        { search: "all" },
      );
      expect(trace).to.match(/#1 {2}chrecv\(c1'\), and waits/);
      expect(trace).to.match(/main {2}choose\(recv\(c2\), send\(c1\)\)/);
      expect(trace).to.match(/main {2}choose\(recv\(c2\), deadline\), and waits/);
    });

    plain(
      "tells what a choose has chosen, and with which error an operation has ended",
      async () => {
        const { trace } = await failureOf(
          function* () {
            const [near, far] = chmake<number>();
            yield* choose(
              [
                { op: "recv", ch: near },
                { op: "deadline", deadline: now() + 1 },
              ],
              -1,
            );
            expect(yield* codeOf(chrecv(near, now() + 1))).to.equal("ETIMEDOUT");
            chdone(far);
            expect(yield* codeOf(chrecv(near, -1))).to.equal("EPIPE");
            throw new Error("oops");
          },
          { search: "all" },
        );
        expect(trace).to.match(/choose\(recv\(c1\), deadline\), and waits -> deadline/);
        expect(trace).to.match(/chrecv\(c1\), and waits -> ETIMEDOUT/);
        expect(trace).to.match(/chrecv\(c1\) -> EPIPE/);
      },
    );

    plain(
      "tells of an error that escapes as the program ends, and of what it was given",
      async () => {
        const { trace } = await failureOf(function* (sim) {
          sim.pick([{}, { resetAfter: 3 }]);
          const b = bundle();
          const failing = function* (time: number, what: string): Coroutine {
            try {
              yield* msleep(now() + time);
            } finally {
              throw new Error(what); // on purpose: the second one comes from a cancellation
            }
          };
          bundleGo(b, failing(1, "the disk is full"));
          bundleGo(b, failing(50, "and the file stays"));
          yield* bundleWait(b, -1);
        });
        expect(trace).to.match(/#2 {2}is canceled, throws Error: and the file stays/);
      },
    );

    plain("has a line for a cancellation, an error and an end", async () => {
      const { trace } = await failureOf(
        function* () {
          const [near, far] = chmake();
          const canceled = bundle();
          bundleGo(canceled, receive(far));
          const failing = bundle({ onError: () => {} });
          bundleGo(
            failing,
            (function* () {
              yield* msleep(now() + 1);
              throw new Error("of mine");
            })(),
          );
          yield* msleep(now() + 2);
          hclose(canceled);
          hclose(near);
          yield* bundleWait(failing, -1);
          throw new Error("oops");
        },
        { search: "all" },
      );
      const told = trace.split("\n").filter((line) => / (ends|is canceled|throws)/.test(line));
      expect(told.map((line) => line.trim())).to.deep.equal([
        "1 ms    #2  throws Error: of mine",
        "2 ms    #1  is canceled, ends",
        "2 ms  main  throws Error: oops",
      ]);
    });

    plain("gives a note to the coroutine that has written it", async () => {
      const { trace } = await failureOf(
        function* (sim) {
          const [a, b] = chmake();
          bundleGo(bundle(), receive(b));
          yield* msleep(now() + 1);
          sim.note("here I am");
          yield* chrecv(a, -1);
        },
        { search: "all" },
      );
      expect(trace).to.match(/main {2}note: here I am/);
    });
  });

  describe("replay", () => {
    plain("fails in the same way, to the letter", async () => {
      const { schedule, trace } = await failureOf(lostUpdate);
      const again = await failureOf(lostUpdate, { replay: schedule });
      expect(again.schedules).to.equal(1);
      expect(again.trace).to.equal(trace);
    });

    plain("of a schedule under which nothing fails is fulfilled", async () => {
      expect((await explore(lostUpdate, { replay: "1:1" })).schedules).to.equal(1);
    });

    plain("of a schedule that no longer fits says where", async () => {
      const error = await rejectionOf(explore(lostUpdate, { replay: "1:1 2p7" }));
      expect(String(error)).to.match(/choice 2 is now about "turn"/);
      const tooLong = await rejectionOf(explore(lostUpdate, { replay: "1:1 900t" }));
      expect(String(tooLong)).to.match(/the run ended before choice 900/);
    });

    for (const text of [
      "8t",
      "1:1 8x",
      "1:1 8t 3t",
      "2:1 8t",
      "1:1 8t1",
      "1:1 p",
      "no",
      "1:1 3e",
      "1:1 0p0",
      "1:007",
      "1:1 03p1",
      "1:1 3p01",
      "1:99999999999999999999999999",
      "1:1 99999999999999999999t",
    ]) {
      plain(`"${text}" is no schedule: EINVAL`, async () => {
        const error = await rejectionOf(explore(lostUpdate, { replay: text }));
        expect(error).to.have.property("code", "EINVAL");
        expect(String(error)).to.include("replay");
      });
    }
  });

  plain("replays a failure that needs another order without being told of that again", async () => {
    const inOrder: Body<void> = function* () {
      const seen: number[] = [];
      const b = bundle();
      for (const i of [0, 1]) {
        bundleGo(
          b,
          (function* () {
            yield;
            seen.push(i);
          })(),
        );
      }
      yield* bundleWait(b, -1);
      hclose(b);
      if (seen[0] !== 0) throw new Error("the second was first");
    };
    const { schedule } = await failureOf(inOrder, { order: "any" });
    expect(schedule).to.match(/^1:1:any \d+n1$/);
    expect((await failureOf(inOrder, { replay: schedule })).schedule).to.equal(schedule);
  });

  describe("search: all", () => {
    plain("is complete when all schedules with so many deviations have been tried", async () => {
      const twoPicks: Body<void> = function* (sim) {
        yield* msleep(now() + 1);
        sim.pick(["a", "b", "c"]);
        sim.pick(["a", "b"]);
      };
      const zero = await explore(twoPicks, { search: "all", deviations: 0 });
      const one = await explore(twoPicks, { search: "all", deviations: 1 });
      const two = await explore(twoPicks, { search: "all", deviations: 2 });
      expect(
        [zero, one, two].map(({ schedules, isComplete }) => [schedules, isComplete]),
      ).to.deep.equal([
        [1, true],
        [4, true],
        [6, true],
      ]);
    });

    plain("tries each combination once", async () => {
      const seen: string[] = [];
      await explore(
        function* (sim) {
          yield* msleep(now() + 1);
          seen.push(`${sim.pick([0, 1, 2])}${sim.pick([0, 1])}${sim.pick([0, 1])}`);
        },
        { search: "all", deviations: 3 },
      );
      const tried = seen.slice(2); // the first schedule is run twice more, to see that it can be repeated
      expect(tried).to.have.lengthOf(12);
      expect(new Set(tried).size).to.equal(12);
    });
  });

  it("stops after so many schedules, and says that there may be more", async () => {
    const { schedules, isComplete } = await explore(
      function* (sim) {
        yield* msleep(now() + sim.between(1, 1000));
      },
      { schedules: 50 },
    );
    expect([schedules, isComplete]).to.deep.equal([50, false]);
  });

  it("refuses a program that is not the same in each run, and shows the line", async () => {
    let runs = 0;
    const error = await rejectionOf(
      explore(function* () {
        runs += 1;
        yield* msleep(now() + runs);
        const [s, t] = yield* ipcPair();
        hclose(s);
        hclose(t);
      }),
    );
    expect(error).to.have.property("code", "EINVAL");
    expect(String(error)).to.match(
      /does not do the same in each run[^]*1 .*a deadline comes[^]*2 .*a deadline comes/,
    );
  });

  it("refuses to wait for the real world, and names what is alive", async () => {
    const error = await rejectionOf(
      explore(function* () {
        yield* until(new Promise((resolve) => setTimeout(resolve, 20)), -1);
      }),
    );
    expect(error).to.have.property("code", "ENOTSUP");
    expect(String(error)).to.match(/waits for the real world \(Timeout\)[^]*outside: "walk"/);
  });

  it("goes on where promises need nothing but microtasks", async () => {
    const { schedules } = await explore(
      function* () {
        for (let i = 0; i < 3; i++) yield* until((async () => i)(), -1);
      },
      { schedules: 100 },
    );
    expect(schedules).to.equal(100);
  });

  it("finds faults of the network as it finds turns: every one, at every place", async () => {
    const { schedule, message } = await failureOf(
      function* () {
        const [s, t] = yield* ipcPair();
        yield* bsend(s, Buffer.from("ab"), -1);
        const got = Buffer.alloc(2);
        yield* brecv(t, got, -1);
        hclose(s);
        hclose(t);
      },
      {
        search: "all",
        network: (_, sim) => ({ resetAfter: sim.pick([undefined, 1]) }),
      },
    );
    expect(message).to.match(/ECONNRESET/);
    expect(schedule).to.match(/^1:1 \d+p1$/);
  });

  it("leaves nothing behind after a thousand schedules", async () => {
    await explore(lostUpdate, { schedules: 1000, turnEnds: 0, seconds: 20 });
  });
});
