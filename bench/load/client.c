// The load: clients that each send a request, wait for the whole reply, and send the next one. One thread, epoll.
//
//   client <address> <pid of the server> <plain|ws> <reply bytes> <clients> <slow clients> <warm-up ms> <measured ms>
//   client <path> <pid of the server> plain <reply bytes> <clients> burst
//
// With ws, each client upgrades its connection to a WebSocket first, and then requests and replies are one frame each.
//
// An address is the path of a local socket, or like 127.0.0.1:80 for TCP, where small requests go out at once.
//
// At first every client sends one request, and when all have been answered, all have been accepted; only then the load
// begins. A slow client sends requests for as long as the socket takes them, and reads one KiB a millisecond; what is
// told is about the others. In a burst all clients connect at once, and send one request each: the time of a request is
// counted from the first attempt to connect. The load is a closed loop: a server that is slow is asked less often. Who still
// waits when the measuring ends is waited for, so that no long wait is left out of the latencies.
//
// It prints one line of JSON. The processor's time and the memory are the server's, from /proc.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { requestSize = 64, slowRead = 1024, patience = 60 };

// Of a masked binary message of requestSize bytes; and of a reply, which is not masked.
static const unsigned char requestHead[6] = {0x82, 0x80 | requestSize, 0x9a, 0x3c, 0x51, 0xe7};
static unsigned char replyHead[2] = {0x82};
static const char upgrade[] =
  "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

struct client {
  int fd;
  unsigned char seed; // each byte of a request, and of its reply
  size_t received;
  uint64_t start;
};

static union {
  struct sockaddr any;
  struct sockaddr_un local;
  struct sockaddr_in tcp;
} address;
static const char *server;
static size_t replySize; // with its head
static size_t headSize;  // of a reply; 0: no WebSocket
static struct client *clients;
static int count, slow;
static int poll_fd;
static uint64_t *latencies;
static size_t answered, room;

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t ticking(void) { return now(CLOCK_MONOTONIC); }

static FILE *ofServer(const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/%s", server, name);
  FILE *file = fopen(path, "r");
  if (file == NULL) fail(path);
  return file;
}

static uint64_t processorTime(void) {
  unsigned long user = 0, system = 0;
  FILE *file = ofServer("stat");
  // The name, in parentheses, may have anything in it but ") ".
  int n = fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  fclose(file);
  if (n != 2) fail("stat");
  return (uint64_t)(user + system) * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

static uint64_t memory(void) {
  unsigned long pages = 0;
  FILE *file = ofServer("statm");
  int n = fscanf(file, "%*u %lu", &pages);
  fclose(file);
  if (n != 1) fail("statm");
  return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void record(uint64_t latency) {
  if (answered == room) {
    room = room == 0 ? 1 << 16 : 2 * room;
    latencies = realloc(latencies, room * sizeof *latencies);
    if (latencies == NULL) fail("realloc");
  }
  latencies[answered++] = latency;
}

static int ask(struct client *c) {
  unsigned char request[sizeof requestHead + requestSize];
  size_t size = 0;
  c->seed++;
  if (headSize == 0) {
    memset(request, c->seed, requestSize);
  } else {
    size = sizeof requestHead;
    memcpy(request, requestHead, size);
    for (int i = 0; i < requestSize; i++) request[size + i] = c->seed ^ requestHead[2 + i % 4];
  }
  size += requestSize;
  ssize_t n = send(c->fd, request, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
  if (n != (ssize_t)size) fail("send");
  c->received = 0;
  return 1;
}

/** The byte of the reply that stands there. */
static unsigned char expected(const struct client *c, size_t at) {
  return at < headSize ? replyHead[at] : c->seed;
}

/** Whether the reply is complete now. */
static int take(struct client *c) {
  static unsigned char bytes[1 << 16];
  size_t wanted = replySize - c->received;
  ssize_t n = recv(c->fd, bytes, wanted < sizeof bytes ? wanted : sizeof bytes, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return 0;
  if (n < 0) fail("recv");
  if (n == 0) {
    fprintf(stderr, "the server has closed a connection\n");
    exit(1);
  }
  if (bytes[0] != expected(c, c->received) || bytes[n - 1] != expected(c, c->received + (size_t)n - 1)) {
    fprintf(stderr, "a wrong reply\n");
    exit(1);
  }
  c->received += (size_t)n;
  return c->received == replySize;
}

static void readAddress(const char *text) {
  if (strchr(text, '/') != NULL) {
    address.local.sun_family = AF_UNIX;
    strncpy(address.local.sun_path, text, sizeof address.local.sun_path - 1);
    return;
  }
  char host[INET_ADDRSTRLEN];
  unsigned short port;
  address.tcp.sin_family = AF_INET;
  if (sscanf(text, "%15[^:]:%hu", host, &port) != 2 || inet_pton(AF_INET, host, &address.tcp.sin_addr) != 1) {
    fprintf(stderr, "%s is no address\n", text);
    exit(2);
  }
  address.tcp.sin_port = htons(port);
}

static int newSocket(int flags) {
  int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (fd < 0) fail("socket");
  if (address.any.sa_family == AF_INET && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0) {
    fail("TCP_NODELAY");
  }
  return fd;
}

static int connectTo(int fd) {
  socklen_t size = address.any.sa_family == AF_UNIX ? sizeof address.local : sizeof address.tcp;
  return connect(fd, &address.any, size);
}

/** Byte by byte: what comes behind the head is a frame. */
static void upgradeTo(const struct client *c) {
  char head[1024];
  size_t size = 0;
  if (send(c->fd, upgrade, sizeof upgrade - 1, MSG_NOSIGNAL) != sizeof upgrade - 1) fail("send");
  do {
    if (size == sizeof head || recv(c->fd, head + size, 1, 0) != 1) fail("upgrade");
    size++;
  } while (size < 4 || memcmp(head + size - 4, "\r\n\r\n", 4) != 0);
  if (memcmp(head, "HTTP/1.1 101 ", 13) == 0) return;
  fprintf(stderr, "no upgrade: %.*s\n", (int)size, head);
  exit(1);
}

static void watch(struct client *c) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &event) < 0) fail("epoll_ctl");
}

static int await(struct epoll_event *events, int most, int timeout) {
  int n = epoll_wait(poll_fd, events, most, timeout);
  if (n < 0 && errno != EINTR) fail("epoll_wait");
  return n < 0 ? 0 : n;
}

static void expire(uint64_t since) {
  if (ticking() - since < patience * 1000000000ull) return;
  fprintf(stderr, "%zu of %d requests were answered in %d s\n", answered, count, patience);
  exit(1);
}

static void serveSlow(void) {
  static uint64_t last;
  static unsigned char bytes[slowRead];
  uint64_t time = ticking();
  if (time - last < 1000000) return;
  last = time;
  for (int i = 0; i < slow; i++) {
    if (recv(clients[i].fd, bytes, sizeof bytes, MSG_DONTWAIT) < 0 && errno != EAGAIN) fail("recv");
    while (ask(&clients[i])) {
    }
  }
}

struct report {
  size_t requests;
  uint64_t from, to, processor, memory;
};

static void begin(struct report *r) {
  r->processor = processorTime();
  r->from = now(CLOCK_REALTIME);
}

static void end(struct report *r) {
  r->to = now(CLOCK_REALTIME);
  r->processor = processorTime() - r->processor;
  r->memory = memory();
  r->requests = answered;
}

static void steady(uint64_t warmUp, uint64_t measured, struct report *report) {
  static struct epoll_event events[1024];
  int isMeasuring = 0;
  for (int i = 0; i < count; i++) {
    clients[i].fd = newSocket(0);
    if (connectTo(clients[i].fd) < 0) fail("connect");
    if (headSize > 0) upgradeTo(&clients[i]);
    watch(&clients[i]);
    if (!ask(&clients[i])) fail("send");
  }
  uint64_t since = ticking();
  for (int accepted = 0; accepted < count; expire(since)) {
    int n = await(events, 1024, 100);
    for (int i = 0; i < n; i++) accepted += take(events[i].data.ptr);
  }
  for (int i = 0; i < slow; i++) epoll_ctl(poll_fd, EPOLL_CTL_DEL, clients[i].fd, NULL);
  uint64_t start = ticking();
  for (int i = slow; i < count; i++) {
    clients[i].start = start;
    if (!ask(&clients[i])) fail("send");
  }
  for (uint64_t time = start; time < start + warmUp + measured; time = ticking()) {
    if (!isMeasuring && time >= start + warmUp) {
      isMeasuring = 1;
      begin(report);
    }
    int n = await(events, 1024, slow > 0 ? 1 : 10);
    if (slow > 0) serveSlow();
    for (int i = 0; i < n; i++) {
      struct client *c = events[i].data.ptr;
      if (!take(c)) continue;
      uint64_t then = ticking();
      if (isMeasuring) record(then - c->start);
      c->start = then;
      if (!ask(c)) fail("send");
    }
  }
  end(report);
  since = ticking();
  for (int left = count - slow; left > 0; expire(since)) {
    int n = await(events, 1024, 100);
    for (int i = 0; i < n; i++) {
      struct client *c = events[i].data.ptr;
      if (!take(c)) continue;
      record(ticking() - c->start);
      left--;
    }
  }
}

/** Returns how many clients found the backlog full and had to come again. */
static int burst(void) {
  static struct epoll_event events[1024];
  int *waiting = malloc((size_t)count * sizeof *waiting);
  int left = 0, late = 0;
  uint64_t since = ticking();
  for (int i = 0; i < count; i++) {
    clients[i].fd = newSocket(SOCK_NONBLOCK);
    clients[i].start = ticking();
    waiting[left++] = i;
  }
  for (int isFirst = 1; answered < (size_t)count; isFirst = 0, expire(since)) {
    int still = 0;
    for (int i = 0; i < left; i++) {
      struct client *c = &clients[waiting[i]];
      if (isFirst) c->start = ticking();
      if (connectTo(c->fd) == 0) {
        watch(c);
        if (!ask(c)) fail("send");
      } else if (errno == EAGAIN) {
        waiting[still++] = waiting[i];
      } else {
        fail("connect");
      }
    }
    left = still;
    if (isFirst) late = left;
    int n = await(events, 1024, left > 0 ? 1 : 100);
    for (int i = 0; i < n; i++) {
      struct client *c = events[i].data.ptr;
      if (take(c)) record(ticking() - c->start);
    }
  }
  free(waiting);
  return late;
}

static int compare(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static uint64_t atShare(double share) {
  return answered == 0 ? 0 : latencies[(size_t)(share * (double)(answered - 1))];
}

int main(int argc, char **argv) {
  if (argc != 7 && argc != 9) {
    fprintf(stderr, "see the head of client.c\n");
    return 2;
  }
  readAddress(argv[1]);
  server = argv[2];
  replySize = strtoul(argv[4], NULL, 10);
  count = atoi(argv[5]);
  if (strcmp(argv[3], "ws") == 0) {
    headSize = sizeof replyHead;
    if (replySize > 125 || argc == 7) {
      fprintf(stderr, "no WebSocket of this client's is in a burst, or has longer replies than 125 bytes\n");
      return 2;
    }
    replyHead[1] = (unsigned char)replySize;
    replySize += headSize;
  }
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  clients = calloc((size_t)count, sizeof *clients);
  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (clients == NULL || poll_fd < 0) fail("epoll_create");
  int late = 0;
  struct report report;
  if (argc == 7) {
    begin(&report);
    late = burst();
    end(&report);
  } else {
    slow = atoi(argv[6]);
    steady(strtoul(argv[7], NULL, 10) * 1000000, strtoul(argv[8], NULL, 10) * 1000000, &report);
  }
  qsort(latencies, answered, sizeof *latencies, compare);
  printf("{\"requests\": %zu, \"from\": %.3f, \"to\": %.3f, \"p50\": %lu, \"p99\": %lu, \"p999\": %lu, "
         "\"processor\": %lu, \"memory\": %lu, \"late\": %d}\n",
         report.requests, (double)report.from / 1e6, (double)report.to / 1e6, atShare(0.5), atShare(0.99),
         atShare(0.999), report.processor, report.memory, late);
  return 0;
}
