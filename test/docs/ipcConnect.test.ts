// Holds docs/ipc_connect.md to its word: every error of the manual page has a row, and every test that it
// names is there.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = "docs/ipc_connect.md";

/** libdill's ipc_connect(3), word for word. */
const errors: Readonly<Record<string, string>> = {
  EACCES: "The process does not have appropriate privileges.",
  ECANCELED: "Current coroutine is being shut down.",
  ECONNREFUSED:
    "The target address was not listening for connections or refused the connection request.",
  ECONNRESET: "Remote host reset the connection request.",
  EINVAL: "Invalid arguments.",
  ELOOP:
    "A loop exists in symbolic links encountered during resolution of the pathname in address.",
  ENAMETOOLONG:
    "A component of a pathname exceeded NAME_MAX characters, or an entire pathname exceeded PATH_MAX characters.",
  ENOENT:
    "A component of the pathname does not name an existing file or the pathname is an empty string.",
  ENOTDIR: "A component of the path prefix of the pathname in address is not a directory.",
  EMFILE: "The maximum number of file descriptors in the process are already open.",
  ENFILE: "The maximum number of file descriptors in the system are already open.",
  ENOMEM: "Not enough memory.",
  ETIMEDOUT: "Deadline was reached.",
};

interface Reference {
  readonly file: string;
  readonly title: string;
}

describe("the page about ipcConnect", () => {
  const text = read(page);
  const rows = text
    .split("\n")
    .filter((line) => line.startsWith("| `E"))
    .map((line) => {
      const [code = "", words, when = "", tests = ""] = line
        .slice(1, -1)
        .split(" | ")
        .map((cell) => cell.trim());
      return { code: code.replaceAll("`", ""), words, when, references: referencesIn(tests) };
    });

  it("has a row for each error of the manual page, with its words, and no others", () => {
    const found = rows.map(({ code, words }) => [code, words]);
    expect(found).to.deep.equal(Object.entries(errors));
  });

  it("says of each error when it comes, and names a test that proves it", () => {
    for (const { code, when, references } of rows) {
      expect(when, code).to.match(/\S\.$/);
      const named = references.some(({ file, title }) => `${file} ${title}`.includes(code));
      expect(named, `a test for ${code}`).to.equal(true);
    }
  });

  it("names only tests that there are, by their titles", () => {
    const references = referencesIn(text);
    expect(references.length).to.be.at.least(rows.length);
    const missing = references.filter(({ file, title }) => !titlesIn(file).has(title));
    expect(missing).to.deep.equal([]);
  });

  it("has all its links into the repository lead somewhere", () => {
    for (const [, target = ""] of text.matchAll(/\]\((\.[^)]*)\)/g)) {
      expect(() => read(join(dirname(page), target)), target).not.to.throw();
    }
  });

  it("lists the same errors as the doc comment", () => {
    const [, comment = ""] = /@throws([^]*?)\n \* @/.exec(read("src/ipc/ipcConnect.ts")) ?? [];
    const codes = [...comment.matchAll(/^ \* - `(\w+)`/gm)].map(([, code = ""]) => code);
    const known = Object.keys(errors).toSorted((a, b) => a.localeCompare(b));
    expect(codes).to.deep.equal(known);
  });

  it("can be found from the README", () => {
    expect(read("README.md")).to.contain(`(${page})`);
  });
});

/** `[name](file): "title", "title"`, as often as it occurs. */
function referencesIn(text: string): Reference[] {
  const groups = text.matchAll(/`(test\/[^`]+)`:((?:,? *"[^"]+")+)/g);
  return [...groups].flatMap(([, file = "", quoted = ""]) =>
    [...quoted.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({ file, title })),
  );
}

/** What is handed to `it`, at once or by way of a table. */
function titlesIn(file: string): Set<string> {
  const titles = read(file).matchAll(/(?:\bit\(\s*|\btitle: *\n? *)"((?:[^"\\]|\\.)*)"/g);
  return new Set([...titles].map(([, title = ""]) => title));
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
