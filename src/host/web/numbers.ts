// What replaces errors/numbers.ts in browsers. They have no numbers of their own, so these are Linux's.
const numbers = {
  EACCES: 13,
  EADDRINUSE: 98,
  EBADF: 9,
  EBUSY: 16,
  ECANCELED: 125,
  ECONNREFUSED: 111,
  ECONNRESET: 104,
  EDEADLK: 35,
  EINVAL: 22,
  EIO: 5,
  ELOOP: 40,
  EMFILE: 24,
  ENAMETOOLONG: 36,
  ENFILE: 23,
  ENOENT: 2,
  ENOMEM: 12,
  ENOTDIR: 20,
  ENOTSOCK: 88,
  ENOTSUP: 95,
  EPIPE: 32,
  EROFS: 30,
  ETIMEDOUT: 110,
} as const;

export const systemNumbers = (): Readonly<Record<string, number>> => numbers;
