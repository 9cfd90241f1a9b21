import { expect } from "chai";
import { fdShortages } from "#src/host/node/fdShortage.js";

type Failure = NonNullable<ReturnType<ReturnType<typeof fdShortages>["fdShortage"]>>;

function manualHost() {
  const host = {
    time: 1000,
    lack: undefined as Failure | undefined,
    looks: 0,
    jobs: [] as (() => void)[],
    told: [] as string[],
    accept: (name: string) => ({
      acceptFailed: ({ code }: Failure) => void host.told.push(`${name} ${code}`),
    }),
  };
  const shortages = fdShortages({
    look() {
      host.looks += 1;
      return host.lack;
    },
    now: () => host.time,
    afterUnref: (_delay, job) => void host.jobs.push(job),
  });
  return Object.assign(host, shortages);
}

describe("the look for a descriptor", () => {
  it("is one for accepts in quick succession, and one more for all that still wait", () => {
    const host = manualHost();
    for (let i = 0; i < 20; i++) expect(host.fdShortage(host.accept("a"))).to.equal(undefined);
    expect([host.looks, host.jobs.length]).to.deep.equal([1, 1]);
    host.jobs[0]?.();
    expect([host.looks, host.told]).to.deep.equal([2, []]);
  });

  it("is made anew after a millisecond, and after each failure", () => {
    const host = manualHost();
    host.fdShortage(host.accept("a"));
    host.time += 1;
    host.lack = { code: "EMFILE" };
    for (let i = 0; i < 3; i++) expect(host.fdShortage(host.accept("a"))?.code).to.equal("EMFILE");
    expect([host.looks, host.jobs.length]).to.deep.equal([4, 0]);
  });

  it("tells those later that it was not made for, unless they have left", () => {
    const host = manualHost();
    const [first, second, third] = [
      host.accept("first"),
      host.accept("second"),
      host.accept("third"),
    ];
    for (const acceptor of [first, second, third]) host.fdShortage(acceptor);
    host.forget(third);
    host.lack = { code: "ENFILE" };
    host.jobs[0]?.();
    expect(host.told).to.deep.equal(["second ENFILE"]);
  });
});
