// The private socket of a process. It keeps nothing alive, and a client that is slow or talks nonsense holds nobody up.
import { chmodSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { threadId } from "node:worker_threads";
import { answer } from "./answers.js";
import { checkLength, format, makeFolder, socketPath } from "./folder.js";
import { type Hello, readRequest, type Request } from "./messages.js";

/** How long a request may be, in bytes. */
const longestRequest = 4096;
/** How many clients there may be at once. */
const mostClients = 16;
/** How many requests of one client may wait. */
const mostRequests = 100;

/** Opens the socket. Throws if that can't be. */
export function openSocket(): void {
  makeFolder();
  const path = socketPath(process.pid, threadId);
  checkLength(path);
  quietly(() => unlinkSync(path)); // of an earlier process of that number
  const server = createServer({ allowHalfOpen: true }, serve);
  server.maxConnections = mostClients;
  server.on("error", (error) => process.emitWarning(`no inspection: ${error.message}`));
  // Exclusive: a worker of node:cluster would have its primary listen.
  server.listen({ path, exclusive: true }, () => quietly(() => chmodSync(path, 0o600)));
  server.unref();
  process.once("exit", () => close(server, path));
}

function close(server: Server, path: string): void {
  server.close();
  quietly(() => unlinkSync(path));
}

/** The file may be gone, or have been none of ours. */
function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // Nobody needs to know.
  }
}

function serve(socket: Socket): void {
  socket.unref();
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  const requests: string[] = [];
  let unfinished = "";
  let hasEnded = false;
  let isBusy = false;
  socket.on("data", (text: string) => {
    const lines = (unfinished + text).split("\n");
    unfinished = lines.pop() ?? "";
    const asked = lines.filter((line) => line.trim() !== "");
    if (unfinished.length > longestRequest || requests.length + asked.length > mostRequests) {
      socket.destroy();
      return;
    }
    requests.push(...asked);
    work();
  });
  socket.on("end", () => {
    hasEnded = true;
    work();
  });
  write(hello(), () => {});

  /** One request after the other. */
  function work(): void {
    if (isBusy) return;
    const line = requests.shift();
    if (line === undefined) {
      if (hasEnded) socket.end();
      return;
    }
    isBusy = true;
    const request = readRequest(line);
    const next = (): void => {
      isBusy = false;
      work();
    };
    if (typeof request === "string") write({ id: 0, error: request }, next);
    else tell(request, next);
  }

  function tell(request: Request, done: () => void): void {
    const lines = answer(request);
    goOn();

    function goOn(): void {
      if (socket.destroyed) return;
      const { value, done: isOver } = lines.next();
      if (isOver === true) done();
      else write(value, () => setImmediate(goOn));
    }
  }

  /** Only as fast as the client takes it. */
  function write(message: object, done: () => void): void {
    if (socket.write(`${JSON.stringify(message)}\n`)) done();
    else socket.once("drain", done);
  }
}

function hello(): Hello {
  const { pid, version, argv } = process;
  const started = Math.round(performance.timeOrigin);
  return { hello: format, pid, thread: threadId, started, node: version, argv: argv.slice(1) };
}
