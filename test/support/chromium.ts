// A browser, to look at pages that a test serves, or to run a script in.
import { existsSync } from "node:fs";
import { chromium, type Page } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where it is; undefined: it is not installed. */
export function findChromium(): string | undefined {
  return places.find((file) => existsSync(file));
}

/** Opens an empty page for as long as the function takes. A page that keeps it waiting fails it after some seconds. */
export async function inChromium<T>(
  executablePath: string,
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
    handleSIGHUP: false,
    handleSIGINT: false,
    handleSIGTERM: false,
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    return await use(page);
  } finally {
    await browser.close();
  }
}
