// The library does what the model says, on random programs. MODEL_PROGRAMS: how many; MODEL_SEED: which.
import { compareMany } from "./compare.js";

describe("The library and the model", () => {
  const programs = Number(process.env["MODEL_PROGRAMS"] ?? 2000);
  const seed = Number(process.env["MODEL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

  it(`agree on ${programs} random programs (seed ${seed})`, async function () {
    this.timeout(10_000 + programs * 20);
    await compareMany({ programs, seed });
  });
});
