package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

// A server for the load, in a process of its own. Its backlog is the most that the system allows.
func serveLoad(path, service string) {
	listener, err := net.Listen("unix", path)
	if err != nil {
		panic(err)
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println("ready")
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
