package main

import (
	"context"
	"reflect"
	"runtime"
	"sync"
	"time"
)

func init() {
	programs["ctxswitch"] = ctxswitch
	programs["go"] = startAndWait
	programs["chan"] = channel
	programs["choose"] = choose
	programs["choose2"] = choose2
	programs["choose10"] = choose10
	programs["choose100"] = choose100
	programs["deadline"] = deadline
	programs["done"] = done
	programs["whispers"] = whispers
	programs["timer"] = timer
	programs["cancel"] = cancel
	programs["sieve"] = sieve
	programs["blocked"] = blocked
	programs["blockedOnChannel"] = blockedOnChannel
}

func ctxswitch(n int, _ *meter) int {
	last, count := -1, 0
	takeTurns := func(me int) {
		for i := 0; i < n/2; i++ {
			if me != last {
				count++
			}
			last = me
			runtime.Gosched()
		}
	}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		takeTurns(1)
	}()
	takeTurns(0)
	wg.Wait()
	// Goroutines of Go itself get in between now and then, and then one of ours may go twice.
	if count < n*9/10 {
		return count
	}
	return n
}

func startAndWait(n int, _ *meter) int {
	ended := 0
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			ended++
		}()
		wg.Wait()
	}
	return ended
}

func echo(requests <-chan int, answers chan<- int) {
	for request := range requests {
		answers <- request
	}
}

func channel(n int, _ *meter) int {
	requests, answers := make(chan int), make(chan int)
	go echo(requests, answers)
	right := 0
	for i := 0; i < n; i += 2 {
		requests <- i
		if <-answers == i {
			right += 2
		}
	}
	close(requests)
	return right
}

// The compiler makes a plain send or receive of a select with one case.
func choose(n int, _ *meter) int {
	requests, answers := make(chan int), make(chan int)
	go echo(requests, answers)
	right := 0
	for i := 0; i < n; i += 2 {
		select {
		case requests <- i:
		}
		select {
		case answer := <-answers:
			if answer == i {
				right += 2
			}
		}
	}
	close(requests)
	return right
}

func answerOnMany(count int) (chan int, []chan int) {
	requests := make(chan int)
	answers := make([]chan int, count)
	for i := range answers {
		answers[i] = make(chan int)
	}
	go func() {
		i := 0
		for request := range requests {
			answers[i%count] <- request
			i++
		}
	}()
	return requests, answers
}

func choose2(n int, _ *meter) int {
	requests, a := answerOnMany(2)
	right := 0
	for i := 0; i < n/2; i++ {
		requests <- i
		var index, value int
		select {
		case value = <-a[0]:
			index = 0
		case value = <-a[1]:
			index = 1
		}
		if index == i%2 && value == i {
			right += 2
		}
	}
	close(requests)
	return right
}

func choose10(n int, _ *meter) int {
	requests, a := answerOnMany(10)
	right := 0
	for i := 0; i < n/2; i++ {
		requests <- i
		var index, value int
		select {
		case value = <-a[0]:
			index = 0
		case value = <-a[1]:
			index = 1
		case value = <-a[2]:
			index = 2
		case value = <-a[3]:
			index = 3
		case value = <-a[4]:
			index = 4
		case value = <-a[5]:
			index = 5
		case value = <-a[6]:
			index = 6
		case value = <-a[7]:
			index = 7
		case value = <-a[8]:
			index = 8
		case value = <-a[9]:
			index = 9
		}
		if index == i%10 && value == i {
			right += 2
		}
	}
	close(requests)
	return right
}

// Nobody writes a hundred cases: package reflect selects among a list.
func choose100(n int, _ *meter) int {
	requests, answers := answerOnMany(100)
	cases := make([]reflect.SelectCase, len(answers))
	for i, answer := range answers {
		cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(answer)}
	}
	right := 0
	for i := 0; i < n/2; i++ {
		requests <- i
		index, value, _ := reflect.Select(cases)
		if index == i%100 && value.Int() == int64(i) {
			right += 2
		}
	}
	close(requests)
	return right
}

func receiveWithin(d time.Duration, ch <-chan int) (int, bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case value, ok := <-ch:
		return value, ok
	case <-timer.C:
		panic("too late")
	}
}

func deadline(n int, _ *meter) int {
	requests, answers := make(chan int), make(chan int)
	go func() {
		for {
			request, ok := receiveWithin(time.Minute, requests)
			if !ok {
				return
			}
			answers <- request
		}
	}()
	right := 0
	for i := 0; i < n; i += 2 {
		requests <- i
		if answer, _ := receiveWithin(time.Minute, answers); answer == i {
			right += 2
		}
	}
	close(requests)
	return right
}

func done(n int, _ *meter) int {
	ended := 0
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		ch := make(chan int)
		wg.Add(1)
		go func() {
			defer wg.Done()
			if _, ok := <-ch; !ok {
				ended++
			}
		}()
		close(ch)
		wg.Wait()
	}
	return ended
}

func whispers(n int, _ *meter) int {
	first := make(chan int)
	left := first
	for i := 0; i < n; i++ {
		right := make(chan int)
		go func(left <-chan int, right chan<- int) { right <- <-left + 1 }(left, right)
		left = right
	}
	first <- 1
	return <-left
}

func timer(n int, m *meter) int {
	woken := 0
	var wg sync.WaitGroup
	wg.Add(n)
	due := time.Now().Add(20*time.Millisecond + time.Duration(n)*time.Millisecond/8)
	for i := 0; i < n; i++ {
		go func(due time.Time) {
			defer wg.Done()
			time.Sleep(time.Until(due))
			if woken == 0 {
				m.start()
			}
			woken++
		}(due.Add(time.Duration(i) * time.Millisecond / time.Duration(n)))
	}
	runtime.Gosched()
	if time.Now().After(due) {
		panic("the first was due before the last was started")
	}
	wg.Wait()
	m.stop()
	return woken
}

func cancel(n int, m *meter) int {
	ended := 0
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			defer wg.Done()
			<-ctx.Done()
			ended++
		}()
	}
	runtime.Gosched()
	m.start()
	cancel()
	wg.Wait()
	m.stop()
	return ended
}

func sieve(n int, _ *meter) int {
	quit := make(chan struct{})
	first := make(chan int)
	go func() {
		defer close(first)
		for x := 2; ; x++ {
			select {
			case first <- x:
			case <-quit:
				return
			}
		}
	}()
	left := first
	prime := 0
	for i := 0; i < n; i++ {
		prime = <-left
		right := make(chan int)
		go func(left <-chan int, right chan<- int, prime int) {
			defer close(right)
			for x := range left {
				if x%prime != 0 {
					right <- x
				}
			}
		}(left, right, prime)
		left = right
	}
	close(quit)
	for range left {
	}
	return prime
}

func blocked(n int, m *meter) int {
	count := 0
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := ctx.Done()
	m.start()
	for i := 0; i < n; i++ {
		go func() {
			count++
			<-stop
		}()
	}
	runtime.Gosched()
	m.stop()
	return count
}

func blockedOnChannel(n int, m *meter) int {
	count := 0
	channels := make([]chan int, n)
	m.start()
	for i := range channels {
		ch := make(chan int)
		channels[i] = ch
		go func() {
			count++
			<-ch
		}()
	}
	runtime.Gosched()
	m.stop()
	for _, ch := range channels {
		close(ch)
	}
	return count
}
