// Command plainloop does what the engine's benchmarks do, in the plainest Go: one series after another, one point after
// another. It prints a line of JSON with the best of some rounds in milliseconds, for the ratio.
package main

import (
	"encoding/json"
	"math/rand"
	"os"
	"sort"
	"time"
)

const (
	series  = 1000
	points  = 3600
	slotMs  = 60_000
	slots   = 60
	groups  = 10
	rounds  = 7
	startMs = 1_700_000_040_000
)

type column struct {
	times  []int64
	values []float64
}

// load makes the series: a point a second, or stamps with jitter and 3 % of them missing.
func load(jitter bool) []column {
	random := rand.New(rand.NewSource(1))
	columns := make([]column, series)
	for i := range columns {
		for j := 0; j < points; j++ {
			at := int64(startMs + 1000*j)
			if jitter {
				if random.Float64() < 0.03 {
					continue
				}
				at += int64(random.Intn(900))
			}
			columns[i].times = append(columns[i].times, at)
			columns[i].values = append(columns[i].values, random.Float64())
		}
	}
	return columns
}

// downsampled is the average of each slot of one series, and whether there is one.
func downsampled(c column, sums []float64, counts []int) {
	for i := range sums {
		sums[i], counts[i] = 0, 0
	}
	for i, at := range c.times {
		slot := (at - startMs) / slotMs
		if slot < 0 || slot >= slots {
			continue
		}
		sums[slot] += c.values[i]
		counts[slot]++
	}
}

func aggregate(columns []column, groupCount int) [][]float64 {
	totals := make([][]float64, groupCount)
	for i := range totals {
		totals[i] = make([]float64, slots)
	}
	sums, counts := make([]float64, slots), make([]int, slots)
	for i, c := range columns {
		downsampled(c, sums, counts)
		for slot := range sums {
			if counts[slot] > 0 {
				totals[i%groupCount][slot] += sums[slot] / float64(counts[slot])
			}
		}
	}
	return totals
}

func best(work func()) float64 {
	times := make([]float64, rounds)
	for i := range times {
		began := time.Now()
		work()
		times[i] = float64(time.Since(began).Nanoseconds()) / 1e6
	}
	sort.Float64s(times)
	return times[0]
}

var sink [][]float64

func main() {
	regular, jittered := load(false), load(true)
	figures := map[string]float64{
		"sum":    best(func() { sink = aggregate(regular, 1) }),
		"jitter": best(func() { sink = aggregate(jittered, 1) }),
		"groups": best(func() { sink = aggregate(regular, groups) }),
	}
	if err := json.NewEncoder(os.Stdout).Encode(figures); err != nil {
		panic(err)
	}
}
