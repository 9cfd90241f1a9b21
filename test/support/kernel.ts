// The kernel's own answer, without Node or libuv in between: a program that makes the system calls.
import { startPython } from "./process.js";

/** What sits at a path. All but the first can't be connected to. */
export type Kind = "listener" | "full" | "datagrams" | "packets" | "bound" | "stale" | "pipe";

export interface Kernel {
  /** Makes a socket file, or a named pipe. */
  make(kind: Kind, path: string): Promise<void>;
  /** What connect(2) says: an error's name, or "connected". The socket is closed again. */
  connect(path: string): Promise<string>;
  /** Connects to a listener, closes that, and tells what SO_ERROR and recv(2) say to two such clients. */
  reset(path: string): Promise<string>;
  /** Closes whatever it has made. */
  closeAll(): Promise<void>;
  /** Closes it all, and makes a file once that is done. */
  closeAllAndMark(path: string): Promise<void>;
}

/** Starts the program, as nobody if it is told so. `stopProcesses` ends it. */
export function startKernel(as: "us" | "nobody" = "us"): Kernel {
  const peer = startPython(program, as);
  const ask = async (...words: string[]): Promise<string> => {
    peer.say(JSON.stringify(words));
    const answer = await peer.line();
    if (answer === undefined) throw new Error(`no answer to ${words.join(" ")}`);
    return answer;
  };
  return {
    make: async (kind, path) => void (await ask("make", kind, path)),
    connect: async (path) => ask("connect", path),
    reset: async (path) => ask("reset", path),
    closeAll: async () => void (await ask("closeAll")),
    closeAllAndMark: async (path) => void (await ask("closeAllAndMark", path)),
  };
}

// connect(2) has room for 107 bytes of path. The truth about a longer one is that of open(2) with O_PATH,
// which looks the file up and nothing else, and of connect(2) to what has been found there.
const program = `
import errno, json, os, socket, sys

kept = []

def local(kind=socket.SOCK_STREAM):
    return socket.socket(socket.AF_UNIX, kind | socket.SOCK_NONBLOCK)

def dial(s, path):
    name = os.fsencode(path)
    if len(name) <= 107:
        s.connect(name)
        return
    fd = os.open(name, os.O_PATH)
    try:
        s.connect("/proc/self/fd/%d" % fd)
    finally:
        os.close(fd)

def connect(path):
    s = local()
    try:
        dial(s, path)
        return "connected"
    except OSError as e:
        return errno.errorcode[e.errno]
    finally:
        s.close()

def make(kind, path):
    if kind == "pipe":
        os.mkfifo(path)
        return "made"
    s = local({"datagrams": socket.SOCK_DGRAM, "packets": socket.SOCK_SEQPACKET}.get(kind, socket.SOCK_STREAM))
    folder, name = os.path.split(path)
    os.chdir(folder)
    s.bind(".b")
    os.rename(".b", name)
    if kind not in ("bound", "datagrams"):
        s.listen(1 if kind == "full" else 20)
    if kind == "stale":
        s.close()
    kept.append(s)
    while kind == "full":
        client = local()
        kept.append(client)
        try:
            dial(client, path)
        except BlockingIOError:
            break
    return "made"

def reset(path):
    make("listener", path)
    clients = [local(), local()]
    for s in clients:
        dial(s, path)
    kept.pop().close()
    code = clients[0].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    try:
        clients[1].recv(1)
        received = "end"
    except OSError as e:
        received = errno.errorcode[e.errno]
    return errno.errorcode.get(code, "none") + " " + received

def closeAll():
    os.chdir("/")
    while kept:
        kept.pop().close()
    return "closed"

def closeAllAndMark(path):
    closeAll()
    open(path, "w").close()
    return "closed"

if sys.argv[1] == "nobody" and os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for line in sys.stdin:
    word, *rest = json.loads(line)
    print(globals()[word](*rest), flush=True)
`;
