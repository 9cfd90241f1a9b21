import type { Operation } from "../kernel/index.js";
import { DescriptorWait } from "./waiting.js";

/**
 * Waits until reading from a file descriptor need not wait.
 *
 * An error and a hangup count: the next read tells of them. It works for whatever the system's epoll takes: sockets, pipes, terminals,
 * eventfd, inotify, timerfd, and descriptors of other libraries. Nothing is read or written, and the descriptor is left as it
 * is.
 *
 * Linux only, and in the main thread only. Node has no call for it, so it goes through `node:ffi` or, where that is not, through the
 * package koffi, which the program installs.
 *
 * @param fd - Number of an open descriptor.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` looks once.
 * @throws {@link DillError}
 * - `EBADF`: no such descriptor is open.
 * - `EBUSY`: another coroutine waits for the same of this descriptor.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none.
 * - `EMFILE`: the process has no descriptor left to look at this one with.
 * - `ENOTSUP`: it is a file, or another descriptor that is always ready and can't be waited for; or there is no way
 *   to ask the system, and the message says what is missing.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: nothing is left behind.
 * @see fdin(3), https://libdill.org/fdin.html
 */
export function fdin(fd: number, deadline: number): Operation<void> {
  return new DescriptorWait(fd, "in", deadline);
}
