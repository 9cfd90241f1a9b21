package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

const (
	messageSize     = 64
	sendSize        = 65536
	connectionCount = 100
)

type client func(path string, n int, m *meter) int

func init() {
	sockets := map[string]struct {
		service string
		run     client
	}{
		"roundtrip":    {"echo", func(path string, n int, m *meter) int { return roundTrips(path, 1, n, m) }},
		"roundtrip100": {"echo", func(path string, n int, m *meter) int { return roundTrips(path, connectionCount, n, m) }},
		"throughput":   {"sink", sends},
		"connect":      {"close", connects},
	}
	for name, each := range sockets {
		service, run := each.service, each.run
		programs[name] = func(n int, m *meter) int { return inOneProcess(service, run, n, m) }
		programs[name+"2p"] = func(n int, m *meter) int { return inTwoProcesses(service, run, n, m) }
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func folder() string {
	path, err := os.MkdirTemp("", "bench-")
	must(err)
	return path
}

func inOneProcess(service string, run client, n int, m *meter) int {
	dir := folder()
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	ls, err := net.Listen("unix", path)
	must(err)
	defer ls.Close()
	go serve(ls, service)
	return run(path, n, m)
}

var (
	serverPath  string
	serverStdin io.Closer // held, or the garbage collector would close it
)

// A server stays for the next round; it ends with this process, whose end closes its stdin.
func inTwoProcesses(service string, run client, n int, m *meter) int {
	if serverPath == "" {
		serverPath = filepath.Join(folder(), "s")
		server := exec.Command(os.Args[0], "serve", serverPath, service)
		stdin, err := server.StdinPipe()
		must(err)
		serverStdin = stdin
		stdout, err := server.StdoutPipe()
		must(err)
		must(server.Start())
		_, err = stdout.Read(make([]byte, 16))
		must(err)
	}
	return run(serverPath, n, m)
}

// serveAlone is the server in a process of its own; it ends with its stdin.
func serveAlone(path, service string) {
	ls, err := net.Listen("unix", path)
	must(err)
	fmt.Println("ready")
	go serve(ls, service)
	io.Copy(io.Discard, os.Stdin)
	os.RemoveAll(filepath.Dir(path))
}

func serve(ls net.Listener, service string) {
	for {
		conn, err := ls.Accept()
		if err != nil {
			return
		}
		switch service {
		case "close":
			conn.Close()
		case "echo":
			go echoBytes(conn)
		case "sink":
			go sink(conn)
		}
	}
}

func echoBytes(conn net.Conn) {
	defer conn.Close()
	message := make([]byte, messageSize)
	for {
		if _, err := io.ReadFull(conn, message); err != nil {
			return
		}
		if _, err := conn.Write(message); err != nil {
			return
		}
	}
}

// sink counts the bytes and says at the end how many came.
func sink(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, sendSize)
	total := 0
	for {
		n, err := conn.Read(buffer)
		total += n
		if err != nil {
			break
		}
	}
	message := make([]byte, 8)
	binary.LittleEndian.PutUint64(message, math.Float64bits(float64(total)))
	conn.Write(message)
}

func dial(path string) *net.UnixConn {
	conn, err := net.Dial("unix", path)
	must(err)
	return conn.(*net.UnixConn)
}

func roundTrips(path string, connections, n int, m *meter) int {
	conns := make([]net.Conn, connections)
	for i := range conns {
		conns[i] = dial(path)
		defer conns[i].Close()
	}
	rights := make([]int, connections)
	var wg sync.WaitGroup
	wg.Add(connections)
	m.start()
	for k, conn := range conns {
		go func(k int, conn net.Conn) {
			defer wg.Done()
			message := make([]byte, messageSize)
			answer := make([]byte, messageSize)
			for i := 0; i < n/connections; i++ {
				binary.LittleEndian.PutUint32(message, uint32(i))
				_, err := conn.Write(message)
				must(err)
				_, err = io.ReadFull(conn, answer)
				must(err)
				if binary.LittleEndian.Uint32(answer) == uint32(i) {
					rights[k]++
				}
			}
		}(k, conn)
	}
	wg.Wait()
	m.stop()
	right := 0
	for _, each := range rights {
		right += each
	}
	return right
}

func sends(path string, n int, m *meter) int {
	conn := dial(path)
	defer conn.Close()
	bytes := make([]byte, sendSize)
	m.start()
	for i := 0; i < n; i++ {
		_, err := conn.Write(bytes)
		must(err)
	}
	must(conn.CloseWrite())
	total := make([]byte, 8)
	_, err := io.ReadFull(conn, total)
	must(err)
	m.stop()
	return int(math.Float64frombits(binary.LittleEndian.Uint64(total))) / sendSize
}

func connects(path string, n int, m *meter) int {
	closed := 0
	one := make([]byte, 1)
	m.start()
	for i := 0; i < n; i++ {
		conn := dial(path)
		if _, err := conn.Read(one); err == io.EOF {
			closed++
		}
		conn.Close()
	}
	m.stop()
	return closed
}
