package main

import (
	"bytes"
	"net"
	"net/http"
	"strings"
)

func init() {
	programs["http"] = askByHTTP
}

// As a browser asks, in 529 bytes; bench/peers/requests.ts has the same.
func requestHead() []byte {
	start := strings.Join([]string{
		"GET /index.html HTTP/1.1",
		"Host: localhost",
		"Connection: keep-alive",
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
		"Accept-Encoding: gzip, deflate, br",
		"Accept-Language: en-US,en;q=0.9",
		"Cache-Control: max-age=0",
		"Cookie: session=",
	}, "\r\n")
	return []byte(start + strings.Repeat("x", 525-len(start)) + "\r\n\r\n")
}

// The server is net/http's; the client writes prepared bytes and waits for the answer.
func askByHTTP(n int, m *meter) int {
	ls, err := net.Listen("tcp4", "127.0.0.1:0")
	must(err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header["Date"] = nil // ours sends none
		header.Set("Content-Length", "0")
		if r.URL.Path != "/index.html" || r.Host != "localhost" {
			w.WriteHeader(http.StatusBadRequest)
		}
	})}
	go server.Serve(ls)
	defer server.Close()
	request := requestHead()
	answer := make([]byte, 4096)
	right := 0
	m.start()
	conn, err := net.Dial("tcp4", ls.Addr().String())
	must(err)
	defer conn.Close()
	for i := 0; i < n; i++ {
		_, err := conn.Write(request)
		must(err)
		have := 0
		for have < 4 || !bytes.Equal(answer[have-4:have], []byte("\r\n\r\n")) {
			count, err := conn.Read(answer[have:])
			must(err)
			have += count
		}
		if bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK\r\n")) {
			right++
		}
	}
	m.stop()
	return right
}
