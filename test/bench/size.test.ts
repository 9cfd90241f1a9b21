// What a command line says of how long a run takes.
import { expect } from "chai";
import { Command } from "commander";
import { type SizeFlags, sizeOf, sizeOptions } from "../../bench/size.js";

describe("the size of a run", () => {
  const parse = (...words: string[]): { size: string; rounds: string } => {
    const [medium, quick] = sizeOptions(
      { medium: "shorter", quick: "rough" },
      { medium: { rounds: "3" }, quick: { rounds: "1" } },
    );
    const command = new Command()
      .addOption(medium)
      .addOption(quick)
      .option("--rounds <number>", "", "5")
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .parse(words, { from: "user" });
    const options = command.opts<SizeFlags & { readonly rounds: string }>();
    return { size: sizeOf(options), rounds: options.rounds };
  };

  it("is full, unless a shorter one is wanted", () => {
    expect(parse()).to.deep.equal({ size: "full", rounds: "5" });
    expect(parse("--medium")).to.deep.equal({ size: "medium", rounds: "3" });
    expect(parse("--quick")).to.deep.equal({ size: "quick", rounds: "1" });
    expect(parse("--quick", "--rounds", "2")).to.deep.equal({ size: "quick", rounds: "2" });
  });

  it("can't be both", () => {
    expect(() => parse("--quick", "--medium")).to.throw("cannot be used with");
  });
});
