// Ctrl-\ prints what the process is doing, and the program goes on, as a Java program does.
import { offers } from "./offers.js";

export function dumpOnQuit(): void {
  process.on("SIGQUIT", () => {
    for (const offer of offers()) process.stderr.write(offer.dump());
  });
}
