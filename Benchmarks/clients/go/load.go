package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func newRequest(o options) *http.Request {
	method := http.MethodGet
	var body io.Reader
	if o.body != nil {
		method, body = http.MethodPost, bytes.NewReader(o.body)
	}
	request, err := http.NewRequest(method, o.url, body)
	if err != nil {
		fail(err)
	}
	for _, header := range o.headers {
		name, value, _ := strings.Cut(header, ":")
		request.Header.Set(name, strings.TrimSpace(value))
	}
	return request
}

// One request, its answer read whole.
func send(o options, client *http.Client) {
	response, err := client.Do(newRequest(o))
	if err != nil {
		fail(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		fail(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 || (o.expectedBytes >= 0 && int64(len(body)) != o.expectedBytes) {
		fail(fmt.Errorf("status %d, %d bytes", response.StatusCode, len(body)))
	}
}

func percentile(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(share*float64(len(sorted)-1))].Nanoseconds()) / 1e3
}

func load(o options, client *http.Client) {
	var started, measured int64
	var group sync.WaitGroup
	var lock sync.Mutex
	var latencies []time.Duration
	measureFrom := time.Now().Add(time.Duration(o.warmup * 1e9))
	measureUntil := measureFrom.Add(time.Duration(o.seconds * 1e9))
	if o.requests > 0 {
		measureUntil = measureFrom.Add(time.Hour)
	}
	deadline := measureUntil
	cpuBegin := cpuTime()
	var cpuEnd time.Duration
	var beginOnce, endOnce sync.Once
	finish := func() { cpuEnd, measureUntil = cpuTime(), time.Now() }
	for worker := 0; worker < o.concurrency; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			var own []time.Duration
			for {
				if o.requests > 0 && atomic.AddInt64(&started, 1) > o.requests {
					break
				}
				begin := time.Now()
				send(o, client)
				end := time.Now()
				if end.After(deadline) {
					endOnce.Do(finish)
					break
				}
				if end.After(measureFrom) {
					beginOnce.Do(func() { cpuBegin = cpuTime() })
					atomic.AddInt64(&measured, 1)
					own = append(own, end.Sub(begin))
				}
			}
			lock.Lock()
			latencies = append(latencies, own...)
			lock.Unlock()
		}()
	}
	group.Wait()
	endOnce.Do(finish)
	sort.Slice(latencies, func(left, right int) bool { return latencies[left] < latencies[right] })
	printLine(map[string]any{
		"requests":    measured,
		"seconds":     measureUntil.Sub(measureFrom).Seconds(),
		"cpu_seconds": (cpuEnd - cpuBegin).Seconds(),
		"p50_us":      percentile(latencies, 0.5),
		"p99_us":      percentile(latencies, 0.99),
	})
}
