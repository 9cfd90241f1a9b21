// Go on one core: the programs as one writes them in Go, with goroutines, unbuffered channels and
// sync.WaitGroup. Started with a program's name, it does the n that it reads from each line of stdin and
// answers "amount processor result", as bench/worker.ts does.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sort"
	"syscall"
	"time"
)

// meter says when the part that counts begins and ends. Without it, the whole call counts.
type meter struct {
	gauge     func() int64
	amount    int64
	processor int64
	stopped   bool
}

func (m *meter) start() {
	m.amount = -m.gauge()
	m.processor = -processorTime()
}

func (m *meter) stop() {
	m.processor += processorTime()
	m.amount += m.gauge()
	m.stopped = true
}

type contestant func(n int, m *meter) int

var programs = map[string]contestant{}

func main() {
	runtime.GOMAXPROCS(1)
	name := os.Args[1]
	switch name {
	case "list":
		names := make([]string, 0, len(programs))
		for name := range programs {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			fmt.Println(name)
		}
		return
	case "serve":
		serveAlone(os.Args[2], os.Args[3])
		return
	case "load":
		serveLoad(os.Args[2], os.Args[3], os.Args[4])
		return
	}
	program := programs[name]
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var n int
		fmt.Sscan(lines.Text(), &n)
		m := &meter{gauge: nanoseconds}
		if name == "blocked" || name == "blockedOnChannel" {
			m.gauge = memoryInUse
		}
		m.start()
		result := program(n, m)
		if !m.stopped {
			m.stop()
		}
		fmt.Println(m.amount, m.processor, result)
	}
}

var epoch = time.Now()

func nanoseconds() int64 { return int64(time.Since(epoch)) }

func processorTime() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano() + usage.Stime.Nano()
}

// The heap and the stacks: what a goroutine holds is mostly its stack.
func memoryInUse() int64 {
	runtime.GC()
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc + stats.StackInuse)
}
