// Mocha's spec reporter, with the counts as the very last line: `12 passed, 0 failed`.
import Mocha from "mocha";

/** How long the process may outlive the last test. */
const graceMs = 3000;

export default class CountReporter extends Mocha.reporters.Spec {
  #hasEnded = false;

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    process.once("exit", (code) => this.#writeCounts(code));
  }

  override epilogue(): void {
    super.epilogue();
    this.#hasEnded = true;
    // Does not keep the process alive itself: it fires only if something else does.
    setTimeout(() => {
      const kept = process.getActiveResourcesInfo().join(", ");
      process.stderr.write(`still running after the last test: ${kept}\n`);
      // Mocha sets the exit code when the process exits, to the number of failed tests.
      process.once("exit", () => {
        process.exitCode = this.stats.failures || 1;
      });
      process.exit(1);
    }, graceMs).unref();
  }

  /** At exit, so that what goes wrong after the last test still counts. */
  #writeCounts(code: number): void {
    const { passes, pending } = this.stats;
    let { failures } = this.stats;
    if (!this.#hasEnded) {
      process.stderr.write("the process ended before the last test\n");
      process.exitCode = code || 1;
      failures += 1;
    } else if (failures === 0 && code !== 0) {
      failures = 1;
    }
    const skipped = pending > 0 ? `, ${pending} skipped` : "";
    process.stdout.write(`${passes} passed, ${failures} failed${skipped}\n`);
  }
}
