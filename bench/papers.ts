// The pages that show measured numbers, and how they get them from a release's results:
//
//   <!-- bench:floor -->
//   what tables.ts makes of the results under that name
//   <!-- /bench -->
import { tables } from "./tables.js";
import { mainOf, type Runs } from "./results.js";

export const papers: readonly string[] = ["README.md", "docs/performance.md"];

const marks = /(<!-- bench:(\w+) -->\n).*?(<!-- \/bench -->)/gs;

/** The page, with what these runs say between its marks. */
export function renew(page: string, runs: Runs): string {
  return page.replaceAll(marks, (_, start: string, name: string, end: string) => {
    const table = tables[name];
    if (table === undefined) throw new Error(`there is no table ${name}`);
    return `${start}\n${table(mainOf(runs), runs)}\n\n${end}`;
  });
}

/** What of a page was written by hand. */
export function handwritten(page: string): string {
  return page.replaceAll(marks, "");
}
