package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

// A server for the load, in a process of its own. Its backlog is the most that the system allows, and over TCP it sends
// small writes at once: both are what Go does unasked.
func serveLoad(carrier, path, service string) {
	network, address := "unix", path
	if carrier == "tcp" {
		network, address = "tcp4", "127.0.0.1:0"
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		panic(err)
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(listener.Addr())
	for {
		conn, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go answer(conn, service == "echo")
	}
}

func answer(conn net.Conn, isEcho bool) {
	defer conn.Close()
	request := make([]byte, 64)
	for {
		if _, err := io.ReadFull(conn, request); err != nil {
			return
		}
		reply := request
		if !isEcho {
			reply = make([]byte, 65536)
			for i := range reply {
				reply[i] = request[0]
			}
		}
		if _, err := conn.Write(reply); err != nil {
			return
		}
	}
}
