// A browser, to look at pages that a test serves. A page says itself what came of it.
import { existsSync } from "node:fs";
import { type OtherProcess, startProcess } from "./process.js";
import { tempDir } from "./tempDir.js";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where it is; undefined: it is not installed. */
export function findChromium(): string | undefined {
  return places.find((file) => existsSync(file));
}

export function startChromium(file: string, url: string): OtherProcess {
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    `--user-data-dir=${tempDir()}`,
  ];
  const browser = startProcess(file, [...flags, url]);
  void browser.ended(); // what it complains of is no concern of ours
  return browser;
}
