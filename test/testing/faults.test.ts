import { expect } from "chai";
import {
  bundle,
  bundleGo,
  bundleWait,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  isErrno,
  msleep,
  now,
} from "libdill-ts";
import { simulate, type SimulationOptions } from "libdill-ts/testing";
import { rejectionOf } from "../support/failure.js";
import { it } from "../support/it.js";

function* connect() {
  const listener = yield* ipcListen("/run/app.ipc", 1);
  hclose(yield* ipcConnect("/run/app.ipc", now() + 1000));
  hclose(listener);
}

describe("the faults of a connection", () => {
  const wrong: Readonly<Record<string, unknown>> = {
    "a promise": Promise.resolve({ refuse: "ENOENT" }),
    "a list": [],
    "a Map": new Map([["latency", 5]]),
    "a Date": new Date(0),
    nothing: undefined,
    "a code that there is not": { refuse: "BANANA" },
    "no code": { refuse: "" },
    "what every object has": { refuse: "constructor" },
    "a code that no connect fails with": { refuse: "EPIPE" },
  };
  for (const [what, faults] of Object.entries(wrong)) {
    it(`can't be ${what}`, async () => {
      const network = (() => faults) as unknown as SimulationOptions["network"];
      const error = await rejectionOf(simulate(connect, { network }));
      expect(isErrno(error, "EINVAL"), String(error)).to.equal(true);
    });
  }

  it("are asked for once, however often the connect has to try", async () => {
    const asked: number[] = [];
    await simulate(
      function* () {
        const listener = yield* ipcListen("/run/app.ipc", 0);
        const clients = bundle();
        for (let i = 0; i < 4; i++) {
          bundleGo(
            clients,
            (function* () {
              hclose(yield* ipcConnect("/run/app.ipc", -1));
            })(),
          );
        }
        for (let i = 0; i < 4; i++) {
          yield* msleep(now() + 20);
          hclose(yield* ipcAccept(listener, -1));
        }
        yield* bundleWait(clients, -1);
        hclose(clients);
        hclose(listener);
      },
      {
        network({ earlier }) {
          asked.push(earlier);
          return {};
        },
      },
    );
    expect(asked).to.deep.equal([0, 1, 2, 3]);
  });

  it("are asked for again after a refusal", async () => {
    await simulate(connect, {
      network: ({ earlier }) => (earlier === 0 ? { refuse: "EAGAIN" } : {}),
    });
  });
});
