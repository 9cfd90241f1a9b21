// Each error that comes from the path, next to what the kernel itself says to the same path at the same
// moment. Every situation is made for real, and every row is looked at twice: below a folder with a
// short name, and so deep that connect(2) alone can't take the path.
import { constants } from "node:os";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { bsend, brecv, type Coroutine, go, hclose, ipcConnect, ipcListen, now } from "libdill-ts";
import { codeOf, failureOf } from "../support/failure.js";
import { holdUpUntilThereIs } from "../support/holdUp.js";
import { it } from "../support/it.js";
import { type Kernel, type Kind, startKernel } from "../support/kernel.js";
import { type Outcome, outcomeOf } from "../support/outcome.js";
import { type OtherProcess, startFixture, stopProcesses } from "../support/process.js";
import { socketPath, tempDir } from "../support/tempDir.js";
import { until } from "../support/until.js";

/** Where our word is another than the kernel's, on purpose. */
const deliberate: Readonly<Record<string, string>> = {
  EAGAIN: "ETIMEDOUT", // we would wait for room in the backlog, had we the time
  EINVAL: "ENOENT", // of the kernel's only for the empty path, which the manual page calls ENOENT
  EPROTOTYPE: "ECONNREFUSED", // the manual page's "was not listening": not for streams
};

interface Row {
  /** Starts with our code. */
  readonly title: string;
  /** The kernel's code: what proves that the situation is the one we mean. */
  readonly kernel: string;
  /** Makes the situation in the folder, and returns the path to connect to. */
  make(
    folder: string,
    put: (kind: Kind, name: string) => Promise<string>,
  ): string | Promise<string>;
}

const connected = "connected";

/** What does not depend on how long the path is. */
const situations: readonly Row[] = [
  {
    title: "connects to a listener",
    kernel: connected,
    make: (_, put) => put("listener", "s"),
  },
  {
    title: "connects to a listener through a symbolic link",
    kernel: connected,
    async make(folder, put) {
      return link(await put("listener", "s"), join(folder, "link"));
    },
  },
  {
    title: "connects to a listener whose name is not ASCII",
    kernel: connected,
    make: (_, put) => put("listener", "зд€ 🦆"),
  },
  {
    title: "connects to a listener by way of . and .. and doubled slashes",
    kernel: connected,
    async make(folder, put) {
      await put("listener", "s");
      mkdirSync(join(folder, "d"));
      return `${folder}//./d/..//s`;
    },
  },
  {
    title: "ENOENT: nothing has the name",
    kernel: "ENOENT",
    make: (folder) => join(folder, "nothing"),
  },
  {
    title: "ENOENT: nothing has the name, and it ends with a slash",
    kernel: "ENOENT",
    make: (folder) => `${folder}/nothing/`,
  },
  {
    title: "ENOENT: a directory of the path is missing",
    kernel: "ENOENT",
    make: (folder) => join(folder, "missing/s"),
  },
  {
    title: "ENOENT: a directory of the path is missing, though .. leads out of it again",
    kernel: "ENOENT",
    async make(folder, put) {
      await put("listener", "s");
      return `${folder}/missing/../s`;
    },
  },
  {
    title: "ENOENT: a symbolic link leads to nothing",
    kernel: "ENOENT",
    make: (folder) => link(join(folder, "nothing"), join(folder, "link")),
  },
  {
    title: "ENOENT: a directory of the path is missing, before a name that is too long",
    kernel: "ENOENT",
    make: (folder) => join(folder, "missing", "n".repeat(256)),
  },
  {
    title: "ENOTDIR: a directory of the path is a file",
    kernel: "ENOTDIR",
    make: (folder) => join(file(folder), "s"),
  },
  {
    title: "ENOTDIR: a directory of the path is a socket",
    kernel: "ENOTDIR",
    async make(_, put) {
      return join(await put("listener", "s"), "s");
    },
  },
  {
    title: "ENOTDIR: a slash follows the name of a socket",
    kernel: "ENOTDIR",
    async make(_, put) {
      return `${await put("listener", "s")}/`;
    },
  },
  {
    title: "ENOTDIR: a slash follows a link to a socket",
    kernel: "ENOTDIR",
    async make(folder, put) {
      return `${link(await put("listener", "s"), join(folder, "link"))}/`;
    },
  },
  {
    title: "ENOTDIR: a directory of the path is a file, before a name that is too long",
    kernel: "ENOTDIR",
    make: (folder) => join(file(folder), "n".repeat(256)),
  },
  {
    title: "ELOOP: a symbolic link leads to itself",
    kernel: "ELOOP",
    make: (folder) => link(join(folder, "loop"), join(folder, "loop")),
  },
  {
    title: "ELOOP: two symbolic links lead to each other, on the way to a socket",
    kernel: "ELOOP",
    make(folder) {
      link(join(folder, "b"), join(folder, "a"));
      return join(link(join(folder, "a"), join(folder, "b")), "s");
    },
  },
  {
    title: "ELOOP: forty-one symbolic links in a row, though they do lead to a socket",
    kernel: "ELOOP",
    make: (folder, put) => chain(folder, put, 41),
  },
  {
    title: "connects to a listener through forty symbolic links in a row",
    kernel: connected,
    make: (folder, put) => chain(folder, put, 40),
  },
  {
    title: "ELOOP: a circle of symbolic links, before a name that is too long",
    kernel: "ELOOP",
    make: (folder) => join(link(join(folder, "loop"), join(folder, "loop")), "n".repeat(256)),
  },
  {
    title: "ECONNREFUSED: a regular file",
    kernel: "ECONNREFUSED",
    make: file,
  },
  {
    title: "ECONNREFUSED: a directory",
    kernel: "ECONNREFUSED",
    make(folder) {
      mkdirSync(join(folder, "sub"));
      return join(folder, "sub");
    },
  },
  {
    title: "ECONNREFUSED: a directory, with a slash behind its name",
    kernel: "ECONNREFUSED",
    make(folder) {
      mkdirSync(join(folder, "sub"));
      return `${folder}/sub/`;
    },
  },
  {
    title: "ECONNREFUSED: a named pipe",
    kernel: "ECONNREFUSED",
    make: (_, put) => put("pipe", "fifo"),
  },
  {
    title: "ECONNREFUSED: a symbolic link to a regular file",
    kernel: "ECONNREFUSED",
    make: (folder) => link(file(folder), join(folder, "link")),
  },
  {
    title: "ECONNREFUSED: the socket of a listener that is gone",
    kernel: "ECONNREFUSED",
    make: (_, put) => put("stale", "s"),
  },
  {
    title: "ECONNREFUSED: a socket that does not listen yet",
    kernel: "ECONNREFUSED",
    make: (_, put) => put("bound", "s"),
  },
  {
    title: "ECONNREFUSED: somebody receives datagrams there",
    kernel: "EPROTOTYPE",
    make: (_, put) => put("datagrams", "s"),
  },
  {
    title: "ECONNREFUSED: somebody listens there for packets in sequence",
    kernel: "EPROTOTYPE",
    make: (_, put) => put("packets", "s"),
  },
  {
    title: "ENAMETOOLONG: a name of 256 bytes",
    kernel: "ENAMETOOLONG",
    make: (folder) => join(folder, "n".repeat(256)),
  },
  {
    title: "ENAMETOOLONG: a name of 256 bytes for a directory",
    kernel: "ENAMETOOLONG",
    make: (folder) => join(folder, "n".repeat(256), "s"),
  },
  {
    title: "ENAMETOOLONG: a name of 258 bytes, in 86 characters",
    kernel: "ENAMETOOLONG",
    make: (folder) => join(folder, "€".repeat(86)),
  },
  {
    title: "ENOENT: nothing has the name, which is 255 bytes",
    kernel: "ENOENT",
    make: (folder) => join(folder, "n".repeat(255)),
  },
  {
    title: "connects to a listener whose name has 255 bytes",
    kernel: connected,
    make: (_, put) => put("listener", "n".repeat(255)),
  },
  {
    title: "connects to a listener whose name has 255 bytes, in 85 characters",
    kernel: connected,
    make: (_, put) => put("listener", "€".repeat(85)),
  },
  {
    title: "ETIMEDOUT: the backlog is full, and the deadline does not allow to wait",
    kernel: "EAGAIN",
    make: (_, put) => put("full", "s"),
  },
];

/** What depends on nothing but how long the whole path is. */
const lengths: readonly Row[] = [
  {
    title: "ENOENT: the path is empty",
    kernel: "EINVAL",
    make: () => "",
  },
  {
    title: "connects to a listener at a path of 107 bytes",
    kernel: connected,
    make: (folder, put) => put("listener", padding(folder, 107)),
  },
  {
    title: "connects to a listener at a path of 108 bytes",
    kernel: connected,
    make: (folder, put) => put("listener", padding(folder, 108)),
  },
  {
    title: "connects to a listener at a path of 109 bytes",
    kernel: connected,
    make: (folder, put) => put("listener", padding(folder, 109)),
  },
  {
    title: "connects to a listener at a path of 200 bytes",
    kernel: connected,
    make: (folder, put) => put("listener", padding(folder, 200)),
  },
  {
    title: "connects to a listener at a path of 1000 bytes",
    kernel: connected,
    make: (folder, put) => put("listener", padding(folder, 1000)),
  },
  {
    title: "connects to a listener at a path of 4095 bytes",
    kernel: connected,
    make: (folder, put) => put("listener", padding(folder, 4095)),
  },
  {
    title: "connects to a listener at a path of 4095 bytes, most of which are slashes",
    kernel: connected,
    async make(folder, put) {
      await put("listener", "s");
      return `${folder}${"/".repeat(4095 - Buffer.byteLength(folder) - 1)}s`;
    },
  },
  {
    title: "connects by a short link to a listener whose own path is long",
    kernel: connected,
    async make(folder, put) {
      return link(await put("listener", padding(folder, 1000)), join(folder, "link"));
    },
  },
  {
    title: "ENOENT: nothing is at a path of 4095 bytes",
    kernel: "ENOENT",
    make: (folder) => join(folder, padding(folder, 4095)),
  },
  {
    title: "ENAMETOOLONG: the path has 4096 bytes",
    kernel: "ENAMETOOLONG",
    make: (folder) => join(folder, padding(folder, 4096)),
  },
  {
    title: "ENAMETOOLONG: the path has 4096 bytes, and far fewer characters",
    kernel: "ENAMETOOLONG",
    make(folder) {
      const names = `${folder}/${`${"€".repeat(80)}/`.repeat(16)}`;
      return names + "€".repeat(50) + "n".repeat(4096 - Buffer.byteLength(names) - 150);
    },
  },
  {
    title: "ENAMETOOLONG: the path has 4096 bytes, most of which are slashes, before a listener",
    kernel: "ENAMETOOLONG",
    async make(folder, put) {
      await put("listener", "s");
      return `${folder}${"/".repeat(4096 - Buffer.byteLength(folder) - 1)}s`;
    },
  },
  {
    title: "ENAMETOOLONG: a directory is missing, in a path of 4096 bytes",
    kernel: "ENAMETOOLONG",
    make: (folder) => `${folder}/missing/`.padEnd(4096, "/s"),
  },
];

/** What only somebody without root's rights runs into. */
const permissions: readonly Row[] = [
  {
    title: "EACCES: a directory of the path may not be searched",
    kernel: "EACCES",
    async make(folder, put) {
      return closeFolder(folder, await put("listener", "s"));
    },
  },
  {
    title: "EACCES: a directory of the path may not be searched, and nothing is in it",
    kernel: "EACCES",
    make: (folder) => closeFolder(folder, join(folder, "nothing")),
  },
  {
    title: "EACCES: a directory of the path may not be searched, before a name that is too long",
    kernel: "EACCES",
    make: (folder) => closeFolder(folder, join(folder, "n".repeat(256))),
  },
  {
    title: "EACCES: the socket may not be written",
    kernel: "EACCES",
    async make(_, put) {
      return allow(await put("listener", "s"), 0o444);
    },
  },
  {
    title: "EACCES: the socket of a listener that is gone may not be written",
    kernel: "EACCES",
    async make(_, put) {
      return allow(await put("stale", "s"), 0o444);
    },
  },
  {
    title: "EACCES: the socket may not be written, and its backlog is full",
    kernel: "EACCES",
    async make(_, put) {
      return allow(await put("full", "s"), 0o444);
    },
  },
  {
    title: "EACCES: a regular file may not be written",
    kernel: "EACCES",
    make: (folder) => allow(file(folder), 0o444),
  },
  {
    title: "connects to a socket that may be written and not read",
    kernel: connected,
    async make(_, put) {
      return allow(await put("listener", "s"), 0o222);
    },
  },
  {
    title: "connects to a socket in a directory that may be searched and not read",
    kernel: connected,
    async make(folder, put) {
      const path = allow(await put("listener", "s"), 0o777);
      chmodSync(folder, 0o311);
      return path;
    },
  },
];

describe("ipcConnect beside the kernel's connect", () => {
  let kernel: Kernel;
  /** Both without root's rights. */
  let kernelForNobody: Kernel;
  let unprivileged: OtherProcess;
  /** Those whose permissions were taken away: they couldn't be removed otherwise. */
  const closed: string[] = [];

  before(() => {
    kernel = startKernel();
    kernelForNobody = startKernel("nobody");
    unprivileged = startFixture("unprivileged");
  });
  after(stopProcesses);
  afterEach(async () => {
    await kernel.closeAll();
    for (const folder of closed.splice(0)) chmodSync(folder, 0o700);
  });

  for (const [where, makeFolder] of [
    ["at a short path", tempDir],
    ["at a path of over 1000 bytes", deepDir],
  ] as const) {
    describe(where, () => {
      for (const row of situations) {
        it(row.title, function* () {
          yield* compare(row, kernel, makeFolder());
        });
      }
    });

    describe(`${where}, without root's rights`, () => {
      for (const row of permissions) {
        it(row.title, function* () {
          const folder = makeFolder();
          closed.push(folder);
          chmodSync(folder, 0o755);
          const path = yield* situation(row, kernel, folder);
          const connect = (deadline: number) => connectIn(unprivileged, path, deadline);
          yield* agree(row, path, kernelForNobody, connect);
        });
      }
    });
  }

  describe("the length of the path", () => {
    for (const row of lengths) {
      it(row.title, function* () {
        yield* compare(row, kernel, tempDir());
      });
    }
  });

  describe("a listener that goes away with the connection in its backlog", () => {
    it("is ECONNRESET to the kernel, whether it is asked for the error or for bytes", async () => {
      const answer = await kernel.reset(socketPath());
      expect(answer).to.equal("ECONNRESET ECONNRESET");
    });

    it("gives ECONNRESET to a connect that has not returned yet", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      let error: unknown;
      const connecting = go(
        (function* () {
          error = yield* failureOf(ipcConnect(path, -1));
        })(),
      );
      hclose(ls);
      while (error === undefined) yield;
      hclose(connecting);
      expect(error).to.include({ code: "ECONNRESET", syscall: "ipc_connect", address: path });
      expect(error).to.have.property("message").that.contains(path);
    });

    it("gives ECONNRESET to a connect that has not returned yet, from another process", function* () {
      const path = socketPath();
      yield* until(kernel.make("listener", path));
      let code = "";
      const connecting = go(
        (function* () {
          code = yield* codeOf(ipcConnect(path, -1));
        })(),
      );
      // The kernel has connected us by now, and Node can't say so before this coroutine waits.
      const marker = `${path}.closed`;
      const closing = kernel.closeAllAndMark(marker);
      holdUpUntilThereIs(marker);
      yield* until(closing);
      while (code === "") yield;
      hclose(connecting);
      expect(code).to.equal("ECONNRESET");
    });

    it("gives ECONNRESET to the first brecv or bsend if the connect has returned", function* () {
      for (const use of [
        (s: Parameters<typeof brecv>[0]) => brecv(s, 1, -1),
        (s: Parameters<typeof brecv>[0]) => bsend(s, Buffer.from("x"), -1),
      ]) {
        const path = socketPath();
        yield* until(kernel.make("listener", path));
        const s = yield* ipcConnect(path, -1);
        yield* until(kernel.closeAll());
        expect(yield* codeOf(use(s))).to.equal("ECONNRESET");
        hclose(s);
      }
    });
  });
});

function* compare(row: Row, kernel: Kernel, folder: string): Coroutine {
  const path = yield* situation(row, kernel, folder);
  yield* agree(row, path, kernel, (deadline) => outcomeOf(ipcConnect(path, deadline)));
}

function* situation(row: Row, kernel: Kernel, folder: string): Coroutine<string> {
  const put = async (kind: Kind, name: string): Promise<string> => {
    await kernel.make(kind, join(folder, name));
    return join(folder, name);
  };
  return yield* until(Promise.resolve(row.make(folder, put)));
}

/** The kernel says what the row says, and we the same but for the deliberate differences. */
function* agree(
  row: Row,
  path: string,
  kernel: Kernel,
  connect: (deadline: number) => Coroutine<Outcome>,
): Coroutine {
  expect(yield* until(kernel.connect(path)), "the kernel's word").to.equal(row.kernel);
  const code = deliberate[row.kernel] ?? row.kernel;
  const patience = code === "ETIMEDOUT" ? now() - 1000 : -1;
  for (const deadline of [0, patience]) {
    const { message, ...outcome } = yield* connect(deadline);
    if (code === connected) {
      expect(outcome).to.deep.equal({ code: "done", difference: [] });
      continue;
    }
    const errno = -(constants.errno[code as keyof typeof constants.errno] ?? Number.NaN);
    const said = { code, errno, syscall: "ipc_connect", address: path, difference: [] };
    expect(outcome).to.deep.equal(said);
    expect(message).to.match(/^E[A-Z]+: .+, ipc_connect '/);
    expect(message?.endsWith(`ipc_connect '${path}'`), "the message names the path").to.equal(true);
  }
  if (row.kernel !== "EAGAIN") expect(yield* until(kernel.connect(path))).to.equal(row.kernel);
}

function* connectIn(
  unprivileged: OtherProcess,
  path: string,
  deadline: number,
): Coroutine<Outcome> {
  unprivileged.say(JSON.stringify([path, deadline]));
  return JSON.parse((yield* until(unprivileged.line())) ?? "") as Outcome;
}

/** A folder whose path is longer than what connect(2) takes. */
function deepDir(): string {
  const top = tempDir();
  chmodSync(top, 0o755);
  return makeFolders(top, 1000);
}

/** Makes folders in it until the path has about so many bytes, and returns the deepest. */
function makeFolders(top: string, bytes: number): string {
  let folder = top;
  while (Buffer.byteLength(folder) < bytes) {
    folder = join(folder, "d".repeat(200));
    mkdirSync(folder);
    chmodSync(folder, 0o755); // whatever the umask
  }
  return folder;
}

/** What to append to the folder's path so that it has exactly so many bytes; makes the folders in it. */
function padding(folder: string, bytes: number): string {
  const deepest = makeFolders(folder, bytes - 230);
  const name = "s".repeat(bytes - Buffer.byteLength(deepest) - 1);
  return join(deepest.slice(folder.length), name).replace(/^\//, "");
}

function file(folder: string): string {
  const path = join(folder, "file");
  writeFileSync(path, "");
  return path;
}

function link(target: string, path: string): string {
  symlinkSync(target, path);
  return path;
}

/** The last of so many links, each to the one before; the first leads to a listener. */
async function chain(
  folder: string,
  put: (kind: Kind, name: string) => Promise<string>,
  links: number,
): Promise<string> {
  let path = await put("listener", "s");
  // By their names alone: a link of a thousand bytes would not matter, but this is what people do.
  for (let i = 0; i < links; i++) path = link(path.slice(folder.length + 1), join(folder, `l${i}`));
  return path;
}

/** Its tests open it again when they are done. */
function closeFolder(folder: string, path: string): string {
  chmodSync(folder, 0o600);
  return path;
}

function allow(path: string, mode: number): string {
  chmodSync(path, mode);
  return path;
}
