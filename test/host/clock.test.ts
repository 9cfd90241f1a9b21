// What every host promises of its clock and its turns.
import { expect } from "chai";
import { loadWebHost, onNode, simulatedHost } from "../support/hosts.js";

for (const { name, host, until } of [onNode, simulatedHost, await loadWebHost()]) {
  describe(`The clock of ${name}`, () => {
    it("is large and positive, and never goes back", () => {
      const first = host.now();
      expect(first).to.be.above(1e6);
      expect(host.now()).to.be.at.least(first);
    });

    it("rings the alarm at its time, at most a little early", async () => {
      const at = host.now() + 10;
      const rung = await until<number>((ring) => host.setAlarm(at, () => ring(host.now())));
      expect(rung).to.be.above(at - 2);
    });

    it("has one alarm, which a later one replaces", async () => {
      const rung: string[] = [];
      await until<void>((over) => {
        host.setAlarm(host.now() + 5, () => rung.push("the first"));
        host.setAlarm(host.now() + 10, () => {
          rung.push("the second");
          over();
        });
      });
      expect(rung).to.deep.equal(["the second"]);
    });

    it("clears the alarm for Infinity", async () => {
      let hasRung = false;
      host.setAlarm(host.now() + 1, () => (hasRung = true));
      host.setAlarm(Infinity, () => {});
      await until<void>((over) => host.after(10, over));
      expect(hasRung).to.equal(false);
    });

    for (const after of ["after", "afterUnref"] as const) {
      it(`runs the job of ${after} when its delay is over, unless it is prevented`, async () => {
        const start = host.now();
        const prevent = host[after](1, () => expect.fail("it was prevented"));
        prevent();
        // A timer that keeps nothing alive needs company.
        const company = after === "afterUnref" ? host.after(200, () => {}) : () => {};
        const end = await until<number>((over) => host[after](5, () => over(host.now())));
        company();
        expect(end).to.be.above(start + 3);
      });
    }

    it("has numbers from 0 up to 1 for jitter", () => {
      for (let i = 0; i < 100; i++) expect(host.random()).to.be.within(0, 1 - Number.EPSILON);
    });
  });

  describe(`A turn of ${name}`, () => {
    it("never runs a job inside the call that asks for it", async () => {
      await until<void>((over) => {
        let isInside = true;
        const job = (): void => void expect(isInside).to.equal(false);
        host.microtask(job);
        host.macrotask(job);
        host.afterPoll(() => {
          job();
          over();
        });
        isInside = false;
      });
    });

    it("runs microtasks first, then macrotasks in their order, then what waits for a poll", async () => {
      const order: string[] = [];
      await until<void>((over) => {
        host.afterPoll(() => {
          order.push("poll");
          over();
        });
        host.macrotask(() => order.push("macrotask 1"));
        host.macrotask(() => order.push("macrotask 2"));
        host.microtask(() => order.push("microtask 1"));
        host.microtask(() => order.push("microtask 2"));
      });
      const expected = ["microtask 1", "microtask 2", "macrotask 1", "macrotask 2", "poll"];
      expect(order).to.deep.equal(expected);
    });

    it("runs the microtasks of a macrotask before the next one", async () => {
      const order: string[] = [];
      await until<void>((over) => {
        host.macrotask(() => {
          order.push("macrotask 1");
          host.microtask(() => order.push("microtask"));
        });
        host.macrotask(() => {
          order.push("macrotask 2");
          over();
        });
      });
      expect(order).to.deep.equal(["macrotask 1", "microtask", "macrotask 2"]);
    });

    it("lets a macrotask that a macrotask asks for wait for the next turn", async () => {
      const order: string[] = [];
      await until<void>((over) => {
        host.macrotask(() => {
          order.push("first");
          host.macrotask(() => {
            order.push("third");
            over();
          });
        });
        host.macrotask(() => order.push("second"));
      });
      expect(order).to.deep.equal(["first", "second", "third"]);
    });
  });
}
