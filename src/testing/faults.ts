// The faults that a program's function has returned.
import { dillError, textOf } from "../errors/index.js";
import { type LinkFaults, refusals } from "../host/virtual/index.js";

const faultNames: Readonly<Record<keyof LinkFaults, (value: unknown) => boolean>> = {
  latency: isAmountOf,
  rate: (value) => typeof value === "number" && value > 0,
  buffer: (value) => Number.isInteger(value) && Number(value) > 0,
  split: isFlag,
  resetAfter: isAmountOf,
  refuse: (value) => typeof value === "string" && Object.hasOwn(refusals, value),
  lose: isFlag,
  duplicate: isFlag,
};

function isAmountOf(value: unknown): boolean {
  return typeof value === "number" && value >= 0;
}

function isFlag(value: unknown): boolean {
  return typeof value === "boolean";
}

/** Not what an async function returns, nor a list or a Map: their faults would not be seen. */
function isRecord(value: unknown): value is object {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** Each is known, and possible. */
export function checkFaults(faults: unknown): LinkFaults {
  if (!isRecord(faults)) {
    const message = `network returns an object with faults, {} for none, not ${textOf(faults)}`;
    throw dillError("EINVAL", "simulate", message);
  }
  for (const [name, value] of Object.entries(faults)) {
    const fits = Object.hasOwn(faultNames, name) ? faultNames[name as keyof LinkFaults] : undefined;
    if (fits === undefined) {
      const message = `there is no fault ${textOf(name)}; there are ${Object.keys(faultNames).join(", ")}`;
      throw dillError("EINVAL", "simulate", message);
    }
    if (value !== undefined && !fits(value)) {
      throw dillError("EINVAL", "simulate", `the fault ${name} can't be ${textOf(value)}`);
    }
  }
  return faults;
}
