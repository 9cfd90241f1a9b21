// What holds for every function that takes options.
import { expect } from "chai";
import { DillError, type Operation } from "libdill-ts";
import { failureOf } from "./support/failure.js";
import { it } from "./support/it.js";
import { hostile, optionsCases } from "./support/optionsCases.js";
import { reports } from "./support/reports.js";

for (const { name, wrong, call } of optionsCases) {
  describe(`${name}'s options`, () => {
    for (const nothing of [undefined, {}, undefinedFor(wrong)]) {
      it(`may be left out: ${nothing === undefined ? "undefined" : JSON.stringify(Object.keys(nothing))}`, function* () {
        yield* call(nothing as never);
      });
    }

    for (const [what, options] of noObjects()) {
      it(`are EINVAL if they are ${what}`, function* () {
        yield* expectInvalid(call(options as never), /options/);
      });
    }

    for (const [option, values] of Object.entries(wrong)) {
      it(`are EINVAL by the name of ${option}, if it can't be read`, function* () {
        const cause = new Error("getter");
        const options = {
          get [option]() {
            throw cause;
          },
        };
        const error = yield* expectInvalid(call(options as never), new RegExp(option));
        expect(error.cause).to.equal(cause);
      });

      for (const [i, value] of values.entries()) {
        it(`are EINVAL by the name of ${option}, if it is what it can't be (${i})`, function* () {
          yield* expectInvalid(call({ [option]: value } as never), new RegExp(`\\b${option}\\b`));
        });
      }
    }
  });
}

describe("the table of options", () => {
  it("has every function that takes any, and every option", () => {
    const listed = optionsCases.map(({ name, wrong }) => [name, Object.keys(wrong).toSorted()]);
    expect(Object.fromEntries(listed)).to.deep.equal(exported());
  });
});

function undefinedFor(wrong: object): object {
  return Object.fromEntries(Object.keys(wrong).map((option) => [option, undefined]));
}

function noObjects(): [string, unknown][] {
  return [
    ...[null, 0, 5, "", "x", true, 10n, Symbol("x")].map((value): [string, unknown] => [
      String(value) || "an empty text",
      value,
    ]),
    ["an array", []],
    ["a function", () => {}],
    ["a revoked proxy", hostile()],
  ];
}

function* expectInvalid(call: Operation<void>, message: RegExp) {
  const error = yield* failureOf(call);
  expect(error).to.be.instanceOf(DillError);
  expect(error).to.include({ code: "EINVAL" });
  expect(error.message).to.match(message);
  return error;
}

/** By the reports that API Extractor makes of the doors: the functions that take options, and which. */
function exported(): Record<string, string[]> {
  const functions = reports.matchAll(
    /^export function (\w+)\b[^\n]*(?:options|limits)\?: (\w+|\{[^}]*\})/gm,
  );
  return Object.fromEntries([...functions].map(([, name, type = ""]) => [name, optionsOf(type)]));

  function optionsOf(type: string): string[] {
    const [, bases = "", body = type] =
      new RegExp(
        `^export interface ${type.replace(/\W[^]*/, "")}(?: extends ([\\w, ]+?))? (\\{[^}]*\\})`,
        "m",
      ).exec(reports) ?? [];
    const own = [...body.matchAll(/(\w+)\?:/g)].map(([, option = ""]) => option);
    return [...own, ...bases.split(", ").filter(Boolean).flatMap(optionsOf)].toSorted();
  }
}
