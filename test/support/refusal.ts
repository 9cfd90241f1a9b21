// Programs to which the kernel refuses a system call: how a machine that is out of memory or of files looks
// to one process, without harm to the others.
import { type OtherProcess, startPython } from "./process.js";

/** The calls that may be refused; of socket(2) only those for local sockets are. */
export type Call = "socket" | "connect" | "bind";

/**
 * Starts a program that sees the call fail with the error. Its first line is "unsupported" if the
 * machine can't do that.
 */
export function startRefused(call: Call, error: string, command: readonly string[]): OtherProcess {
  return startPython(launcher, call, error, ...command);
}

// A seccomp filter, which stays in force across execve(2).
const launcher = `
import ctypes, errno, os, struct, sys

call, error, *command = sys.argv[1:]
numbers = {
    "x86_64": {"socket": 41, "connect": 42, "bind": 49},
    "aarch64": {"socket": 198, "connect": 203, "bind": 200},
}.get(os.uname().machine)
load, equal, give = 0x20, 0x15, 0x06
allow, refuse = 0x7FFF0000, 0x00050000 | getattr(errno, error)
no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
local, number_at, first_argument_at = 1, 0, 16

def install(program):
    lines = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    head = ctypes.create_string_buffer(struct.pack("HP", len(program), ctypes.addressof(lines)))
    libc = ctypes.CDLL(None)
    def prctl(*words):
        return libc.prctl(*[ctypes.c_ulong(word) for word in words]) == 0
    return prctl(no_new_privileges, 1, 0, 0, 0) and prctl(
        set_seccomp, filter_mode, ctypes.addressof(head), 0, 0
    )

def program():
    number = numbers[call]
    if call == "socket":
        return [
            (load, 0, 0, number_at),
            (equal, 0, 3, number),
            (load, 0, 0, first_argument_at),
            (equal, 0, 1, local),
            (give, 0, 0, refuse),
            (give, 0, 0, allow),
        ]
    return [
        (load, 0, 0, number_at),
        (equal, 0, 1, number),
        (give, 0, 0, refuse),
        (give, 0, 0, allow),
    ]

if numbers is None or not install(program()):
    print("unsupported", flush=True)
else:
    os.execvp(command[0], command)
`;
