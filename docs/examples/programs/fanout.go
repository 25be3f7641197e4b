// SPDX-License-Identifier: GPL-2.0-only

// Fanout is a static program in Go: a thousand goroutines, threads that block, files and timers that the runtime polls.
// The input is words, the answer how many there are.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	var words atomic.Int64
	var all sync.WaitGroup

	queue := make(chan string)
	for i := 0; i < 1000; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for range queue {
				words.Add(1)
			}
		}()
	}
	// Each that sleeps in the kernel takes a thread.
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			span := syscall.NsecToTimespec(int64(20 * time.Millisecond))
			syscall.Nanosleep(&span, nil)
		}()
	}
	input := bufio.NewScanner(os.Stdin)
	input.Split(bufio.ScanWords)
	for input.Scan() {
		queue <- input.Text()
	}
	close(queue)
	all.Wait()

	// A pipe is polled by epoll, a deadline by its timers.
	from, to, err := os.Pipe()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer to.Close()
	from.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, err = from.Read(make([]byte, 1))
	runtime.GC()
	fmt.Printf("%d words, %d CPUs, waited: %v\n", words.Load(), runtime.GOMAXPROCS(0), os.IsTimeout(err))
}
