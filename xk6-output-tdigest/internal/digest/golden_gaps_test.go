package digest

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// gapCases are digests whose gaps matter: how wide, how many, and of which sign.
func gapCases() []goldenCase {
	random := rand.New(rand.NewPCG(3, 4))
	around := func(centre, spread float64) func() float64 {
		return func() float64 { return centre * math.Exp(spread*random.NormFloat64()) }
	}
	normal := func(centre, deviation float64) func() float64 {
		return func() float64 { return centre + deviation*random.NormFloat64() }
	}
	whole := func(draw func() float64) func() float64 { return func() float64 { return math.Round(draw()) } }
	negative := func(draw func() float64) func() float64 { return func() float64 { return -draw() } }
	// mix draws from each in turn by its share of a whole.
	mix := func(n int, shares []float64, draws ...func() float64) []number {
		values := make([]number, n)
		for i := range values {
			chosen, rest := 0, random.Float64()
			for rest -= shares[0]; rest > 0 && chosen < len(draws)-1; rest -= shares[chosen] {
				chosen++
			}
			values[i] = number(round6(draws[chosen]()))
		}
		return values
	}
	two, three := []float64{0.95, 0.05}, []float64{0.75, 0.2, 0.05}
	cases := []goldenCase{
		{"two modes", 100, mix(1200, two, around(30, 0.2), around(300, 0.2)), nil},
		{"three modes", 50, mix(900, three, around(10, 0.1), around(100, 0.1), around(1000, 0.1)), nil},
		{"two negative modes", 50, mix(700, two, negative(around(30, 0.2)), negative(around(300, 0.2))), nil},
		{"modes on both sides of zero", 50, mix(700, []float64{0.5, 0.5}, normal(-5, 0.3), normal(5, 0.3)), nil},
		{"levels and a slow mode", 50, mix(900, two, whole(around(20, 0.6)), around(900, 0.3)), nil},
		{"a gap around zero", 20, mix(400, []float64{0.4, 0.2, 0.4}, around(1, 1), func() float64 { return 0 },
			negative(around(1, 1))), nil},
		{"wide tail", 50, mix(1100, []float64{1}, func() float64 { return math.Pow(1-random.Float64(), -1/1.2) }), nil},
		{"more gaps than fit", 20, powers(300, 1.05), nil},
		{"more gaps than fit, of both signs", 20, alternating(powers(300, 1.05)), nil},
		{"gaps of 3 % and a little less", 20, append(powers(70, 1.0309), powers(70, 1.0310)...), nil},
		{"all magnitudes", 20, alternating(powers(600, 10.3)), nil},
		{"denormals", 20, denormals(300), nil},
		{"denormals and the largest", 20, append(denormals(150), farApart(150)...), nil},
		{"quartiles too far apart to subtract", 20, farApart(300), nil},
		{"equal quartiles", 20, append(constant(500, 7), powers(120, 1.07)...), nil},
		{"merged exactly", 100, nil, [][]number{mix(60, two, around(30, 0.2), around(300, 0.2)), {1, 1, 1}, {}}},
		{"merged into twice the compression", 50, nil, [][]number{powers(50, 1.01), rising(50)}},
		{"the merged quartiles differ", 20, nil, [][]number{mix(300, []float64{1}, normal(0, 1)),
			mix(300, []float64{1}, normal(1e6, 1)), mix(300, []float64{1}, normal(-1e6, 1))}},
	}
	for i := range 24 {
		compression := []int{20, 30, 50}[i%3]
		centre := math.Pow(10, float64(1+i%4))
		draw := func() []number {
			return mix(100+random.IntN(12*compression), three, around(10, 0.3*random.Float64()),
				whole(around(centre, random.Float64())), normal(float64(i-12), centre))
		}
		cases = append(cases,
			goldenCase{fmt.Sprintf("mixture %d", i), compression, draw(), nil},
			goldenCase{fmt.Sprintf("merged mixture %d", i), compression, nil, [][]number{draw(), draw(), draw()}})
	}
	return cases
}

// powers are the first powers of a base, from large to small, by multiplication alone.
func powers(n int, base float64) []number {
	values := make([]number, n)
	value := 1.0
	for i := range values {
		values[n-1-i] = number(value)
		if value *= base; value > 1e300 {
			value = 1e-300
		}
	}
	return values
}

func alternating(values []number) []number {
	for i := 1; i < len(values); i += 2 {
		values[i] = -values[i]
	}
	return values
}

func constant(n int, value number) []number {
	values := make([]number, n)
	for i := range values {
		values[i] = value
	}
	return values
}

func denormals(n int) []number {
	values := make([]number, n)
	for i := range values {
		values[i] = number(math.Float64frombits(uint64(1 + i*i)))
	}
	return values
}
