package digest

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// The server's tests read the same file.
const goldenFile = "../../../tests/golden/digests.json"

var update = flag.Bool("update", false, "write the golden files anew")

// number is a float64 that survives JSON in any language: −0 stays negative and 1 stays a float.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	text := strconv.FormatFloat(float64(n), 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return []byte(text), nil
}

type goldenDigest struct {
	Name        string            `json:"name"`
	Values      []number          `json:"values,omitempty"`
	Parts       [][]number        `json:"parts,omitempty"`
	Compression int               `json:"compression"`
	Count       uint64            `json:"n"`
	Sum         number            `json:"sum"`
	Min         number            `json:"min"`
	Max         number            `json:"max"`
	Centroids   [][2]number       `json:"centroids"`
	Encoded     string            `json:"enc0_hex"`
	Quantiles   map[string]number `json:"quantiles,omitempty"`
}

// goldenOf folds the values, or merges a digest of each of the parts.
func goldenOf(c goldenCase) goldenDigest {
	d := New(c.compression)
	for _, v := range c.values {
		d.Add(float64(v))
	}
	parts := make([]*Digest, 0)
	for _, part := range c.parts {
		own := New(c.compression)
		for _, v := range part {
			own.Add(float64(v))
		}
		parts = append(parts, own)
	}
	d.Merge(parts...)
	golden := goldenDigest{
		Name: c.name, Values: c.values, Parts: c.parts, Compression: c.compression,
		Count: d.Count(), Sum: number(d.Sum()), Min: number(d.Min()), Max: number(d.Max()),
		Centroids: [][2]number{}, Encoded: hex.EncodeToString(d.Append(nil)), Quantiles: map[string]number{},
	}
	for _, c := range d.Centroids() {
		golden.Centroids = append(golden.Centroids, [2]number{number(c.Mean), number(c.Weight)})
	}
	for _, q := range []string{"0", "0.25", "0.5", "0.9", "0.95", "0.99", "0.999", "1"} {
		share, _ := strconv.ParseFloat(q, 64)
		if d.Count() > 0 {
			golden.Quantiles[q] = number(d.Quantile(share))
		}
	}
	return golden
}

func TestDigestsAreTheGoldenOnesToTheLastBit(t *testing.T) {
	if *update {
		writeGolden(t)
	}
	data, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	var goldens []goldenDigest
	if err := json.Unmarshal(data, &goldens); err != nil {
		t.Fatal(err)
	}
	for _, want := range goldens {
		t.Run(want.Name, func(t *testing.T) {
			got, _ := json.Marshal(goldenOf(goldenCase{want.Name, want.Compression, want.Values, want.Parts}))
			wanted, _ := json.Marshal(want)

			if string(got) != string(wanted) {
				t.Errorf("got  %s\nwant %s", got, wanted)
			}
		})
	}
}

// writeGolden makes one digest a line, so that a change shows which.
func writeGolden(t *testing.T) {
	lines := make([]string, 0)
	for _, c := range goldenCases() {
		line, err := json.Marshal(goldenOf(c))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	if err := os.WriteFile(goldenFile, []byte("[\n"+strings.Join(lines, ",\n")+"\n]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

type goldenCase struct {
	name        string
	compression int
	values      []number
	parts       [][]number
}

func goldenCases() []goldenCase {
	random := rand.New(rand.NewPCG(1, 2))
	sample := func(n int, draw func() float64) []number {
		values := make([]number, n)
		for i := range values {
			values[i] = number(round6(draw()))
		}
		return values
	}
	lognormal := func() float64 { return math.Exp(3 + random.NormFloat64()) }
	bimodal := func() float64 {
		if random.Float64() < 0.02 {
			return 2000 + 100*random.NormFloat64()
		}
		return 50 + 10*random.NormFloat64()
	}
	levels := func() float64 { return math.Floor(10 * random.Float64() * random.Float64()) }
	mostlyZero := func() float64 {
		if random.Float64() < 0.8 {
			return 0
		}
		return lognormal()
	}
	negativeZero := number(math.Copysign(0, -1))
	cases := []goldenCase{
		{"empty", 100, []number{}, nil},
		{"one value", 100, []number{42.5}, nil},
		{"two values", 100, []number{3, 1}, nil},
		{"a pair", 100, []number{7, 7}, nil},
		{"a triple", 100, []number{7, 7, 7}, nil},
		{"repeats", 100, []number{5, 1, 5, 2, 2, 5, 9, 5}, nil},
		{"negative zero", 100, []number{negativeZero, 0, negativeZero, -1}, nil},
		{"only negative zero", 100, []number{negativeZero}, nil},
		{"negative", 100, []number{-1.5, -3, -2.25, -1e-7, -4e6}, nil},
		{"large and small", 100, []number{1e300, 1e-300, -1e300, 5e-324, 0.1, 0.2}, nil},
		{"sum by arrival", 100, []number{0.1, 0.2, 0.3, 1e16, -1e16}, nil},
		{"constant", 100, sample(1200, func() float64 { return 13.25 }), nil},
		{"as many as the compression", 100, sample(100, lognormal), nil},
		{"one more than the compression", 100, sample(101, lognormal), nil},
		{"twice the compression and one", 100, sample(201, random.Float64), nil},
		{"a full buffer", 100, sample(500, random.Float64), nil},
		{"one past the buffer", 100, sample(501, random.Float64), nil},
		{"uniform", 100, sample(2500, random.Float64), nil},
		{"lognormal", 100, sample(2500, lognormal), nil},
		{"normal around zero", 100, sample(1700, random.NormFloat64), nil},
		{"bimodal", 100, sample(2000, bimodal), nil},
		{"ten levels", 100, sample(2000, levels), nil},
		{"mostly zero", 100, sample(1500, mostlyZero), nil},
		{"rising", 100, rising(1600), nil},
		{"coarse", 20, sample(1000, lognormal), nil},
		{"fine", 1000, sample(2500, lognormal), nil},
		{"at the ends of float64", 100, farApart(700), nil},
	}
	return append(cases, gapCases()...)
}

// farApart are values whose differences are beyond float64, though their sum is not.
func farApart(n int) []number {
	values := make([]number, n)
	for i := range values {
		values[i] = number(1e308 + 1e305*float64(i))
		if i%2 == 1 {
			values[i] = -values[i]
		}
	}
	return values
}

func rising(n int) []number {
	values := make([]number, n)
	for i := range values {
		values[i] = number(i) / 8
	}
	return values
}

func round6(value float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(value, 'f', 6, 64), 64)
	return rounded
}
