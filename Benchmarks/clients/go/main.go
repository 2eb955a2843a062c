// A benchmark client on Go's net/http; the contract is in Benchmarks/README.md.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

type headerList []string

func (list *headerList) String() string         { return strings.Join(*list, ", ") }
func (list *headerList) Set(value string) error { *list = append(*list, value); return nil }

type options struct {
	url, ca, bodyFile   string
	http2               bool
	concurrency, events int
	requests, windows   int64
	warmup, seconds     float64
	headers             headerList
	expectedBytes       int64
	body                []byte
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench-go:", err)
	os.Exit(1)
}

func parse(arguments []string) options {
	var o options
	flags := flag.NewFlagSet("bench-go", flag.ExitOnError)
	flags.StringVar(&o.url, "url", "", "")
	flags.StringVar(&o.ca, "ca", "", "")
	flags.StringVar(&o.bodyFile, "body", "", "")
	flags.BoolVar(&o.http2, "http2", false, "")
	flags.IntVar(&o.concurrency, "concurrency", 1, "")
	flags.IntVar(&o.events, "events", 200, "")
	flags.Int64Var(&o.requests, "requests", 0, "")
	flags.Int64Var(&o.windows, "windows", 0, "")
	flags.Float64Var(&o.warmup, "warmup", 0, "")
	flags.Float64Var(&o.seconds, "seconds", 1, "")
	flags.Var(&o.headers, "header", "")
	flags.Int64Var(&o.expectedBytes, "expect-bytes", -1, "")
	if err := flags.Parse(arguments); err != nil {
		fail(err)
	}
	if o.bodyFile != "" {
		body, err := os.ReadFile(o.bodyFile)
		if err != nil {
			fail(err)
		}
		o.body = body
	}
	return o
}

func newClient(o options) *http.Client {
	transport := &http.Transport{
		MaxIdleConns:        o.concurrency,
		MaxIdleConnsPerHost: o.concurrency,
		MaxConnsPerHost:     o.concurrency,
		DisableCompression:  true,
		ForceAttemptHTTP2:   o.http2,
	}
	if o.ca != "" {
		pem, err := os.ReadFile(o.ca)
		if err != nil {
			fail(err)
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, ClientSessionCache: tls.NewLRUClientSessionCache(0)}
	}
	return &http.Client{Transport: transport}
}

// Processor time of this process, user and system together.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fail(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// A line of /proc/self/status, in KiB.
func memory(name string) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fail(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		var value int64
		if strings.HasPrefix(line, name+":") {
			fmt.Sscanf(strings.TrimSpace(line[len(name)+1:]), "%d kB", &value)
			return value
		}
	}
	return 0
}

func printLine(line map[string]any) {
	line["peak_kib"] = memory("VmHWM")
	text, err := json.Marshal(line)
	if err != nil {
		fail(err)
	}
	fmt.Println(string(text))
}

func main() {
	begin := time.Now()
	if len(os.Args) < 2 {
		fail(fmt.Errorf("what to do is missing: load, stream or cold"))
	}
	command, o := os.Args[1], parse(os.Args[2:])
	client := newClient(o)
	switch command {
	case "load":
		load(o, client)
	case "stream":
		stream(o, client)
	case "cold":
		send(o, client)
		milliseconds := float64(time.Since(begin).Nanoseconds()) / 1e6
		printLine(map[string]any{"first_answer_ms": milliseconds})
	default:
		os.Exit(3)
	}
}
