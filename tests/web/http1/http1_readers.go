// The bytes of connections as Go's net/http server reads them: each line of standard input is one connection in hexadecimal, each line of
// output a JSON list of the requests that a handler saw.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// connection gives its bytes and then the end, and takes every answer.
type connection struct {
	bytes.Reader
	once   sync.Once
	closed chan struct{}
}

func (c *connection) Write(answer []byte) (int, error) { return len(answer), nil }
func (c *connection) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}
func (c *connection) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *connection) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *connection) SetDeadline(time.Time) error      { return nil }
func (c *connection) SetReadDeadline(time.Time) error  { return nil }
func (c *connection) SetWriteDeadline(time.Time) error { return nil }

// listener accepts one connection, and no other until that one is closed.
type listener struct{ first chan net.Conn }

func (l *listener) Accept() (net.Conn, error) {
	if c, ok := <-l.first; ok {
		return c, nil
	}
	return nil, io.EOF
}
func (l *listener) Close() error   { return nil }
func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

type request struct {
	Method, Target, Version string
	Fields, Trailers        map[string][]string
	Body                    string
	Complete, Close         bool
}

// latin1 makes a character of each byte of names and values, since JSON cannot say all bytes.
func latin1(fields map[string][]string) map[string][]string {
	converted := map[string][]string{}
	for name, values := range fields {
		for _, value := range values {
			characters := []rune{}
			for _, b := range []byte(value) {
				characters = append(characters, rune(b))
			}
			converted[name] = append(converted[name], string(characters))
		}
	}
	return converted
}

func read(input []byte) []request {
	requests := []request{}
	handler := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		requests = append(requests, request{r.Method, r.RequestURI, r.Proto, latin1(r.Header), latin1(r.Trailer), hex.EncodeToString(body), err == nil, r.Close})
		w.WriteHeader(200)
	}
	c := &connection{closed: make(chan struct{})}
	c.Reset(input)
	l := &listener{make(chan net.Conn, 1)}
	l.first <- c
	server := http.Server{Handler: http.HandlerFunc(handler), DisableGeneralOptionsHandler: true, ErrorLog: log.New(io.Discard, "", 0)}
	go server.Serve(l)
	<-c.closed
	close(l.first)
	return requests
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		input, err := hex.DecodeString(lines.Text())
		if err != nil {
			log.Fatal(err)
		}
		json.NewEncoder(os.Stdout).Encode(read(input))
	}
}
