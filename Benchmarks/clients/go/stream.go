package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"sort"
	"sync"
	"time"
)

// Reads a stream to its end: how many events it had, and when the first one came.
func readStream(o options, client *http.Client) (events int, first time.Duration) {
	begin := time.Now()
	response, err := client.Do(newRequest(o))
	if err != nil {
		fail(err)
	}
	defer response.Body.Close()
	var data []byte
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 {
			if len(data) > 0 {
				if events == 0 {
					first = time.Since(begin)
				}
				events++
				data = data[:0]
			}
			continue
		}
		if bytes.HasPrefix(line, []byte("data:")) {
			data = append(data, bytes.TrimPrefix(line[5:], []byte(" "))...)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
	if response.StatusCode != 200 || events != o.events {
		fail(fmt.Errorf("status %d, %d events", response.StatusCode, events))
	}
	return events, first
}

func stream(o options, client *http.Client) {
	memoryBefore := memory("VmRSS")
	begin, cpuBegin := time.Now(), cpuTime()
	until := begin.Add(time.Duration(o.seconds * 1e9))
	var group sync.WaitGroup
	var lock sync.Mutex
	var firsts []time.Duration
	var events int
	for reader := 0; reader < o.concurrency; reader++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				count, first := readStream(o, client)
				lock.Lock()
				events += count
				firsts = append(firsts, first)
				lock.Unlock()
				if time.Now().After(until) {
					return
				}
			}
		}()
	}
	group.Wait()
	cpu, seconds := cpuTime()-cpuBegin, time.Since(begin).Seconds()
	sort.Slice(firsts, func(left, right int) bool { return firsts[left] < firsts[right] })
	printLine(map[string]any{
		"streams":            len(firsts),
		"events":             events,
		"seconds":            seconds,
		"cpu_seconds":        cpu.Seconds(),
		"first_event_p50_us": percentile(firsts, 0.5),
		"first_event_p99_us": percentile(firsts, 0.99),
		"kib_per_stream":     float64(memory("VmHWM")-memoryBefore) / float64(o.concurrency),
	})
}
