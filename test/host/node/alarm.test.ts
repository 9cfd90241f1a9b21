import { expect } from "chai";
import { setTimeout as pause } from "node:timers/promises";
import { clearAlarm, setAlarm } from "#src/host/node/alarm.js";

describe("the alarm", () => {
  afterEach(clearAlarm);

  const now = (): number => performance.now();

  it("rings once its time has come", async () => {
    const at = now() + 10;
    await new Promise<void>((ring) => setAlarm(at, now, ring));
    expect(now()).to.be.at.least(at - 1);
  });

  it("rings for a time in the past, but not inside the call", async () => {
    let hasRung = false;
    setAlarm(now() - 5, now, () => {
      hasRung = true;
    });
    expect(hasRung).to.equal(false);
    while (!hasRung) await pause(1);
  });

  it("rings for an earlier time that was set later", async () => {
    const far = now() + 60_000;
    setAlarm(far, now, () => {});
    await new Promise<void>((ring) => setAlarm(now() + 5, now, ring));
  });

  it("calls only whoever set it last", async () => {
    const calls: string[] = [];
    setAlarm(now() + 5, now, () => calls.push("first"));
    await new Promise<void>((ring) => {
      setAlarm(now() + 6, now, () => {
        calls.push("second");
        ring();
      });
    });
    expect(calls).to.deep.equal(["second"]);
  });

  it("does not keep the process alive once it is put out", () => {
    const before = timers();
    setAlarm(now() + 60_000, now, () => {});
    expect(timers()).to.equal(before + 1);
    setAlarm(Infinity, now, () => {});
    expect(timers()).to.equal(before);
    setAlarm(now() + 60_000, now, () => {});
    expect(timers()).to.equal(before + 1);
  });

  it("can be set further away than Node's timers reach", async () => {
    let hasRung = false;
    setAlarm(now() + 2 ** 40, now, () => {
      hasRung = true;
    });
    await pause(5);
    expect(hasRung).to.equal(false);
  });
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
}
