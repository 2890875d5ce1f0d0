package series

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// The server's tests read the same file.
const goldenFile = "../../../tests/golden/names.json"

type golden struct {
	Names []struct {
		What  string
		Hex   string // the bytes that k6 has
		Text  string // what k6 writes of them as JSON
		Limit int
		Want  string
	}
	Series []struct {
		What   string
		Metric string
		Tags   map[string]string
		Limit  int
		Want   struct {
			Metric string
			Tags   [][2]string
		}
	}
}

func readGolden(t *testing.T) (cases golden) {
	t.Helper()
	data, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestNamesAreShortenedAsInPython(t *testing.T) {
	for _, tc := range readGolden(t).Names {
		t.Run(tc.What, func(t *testing.T) {
			raw, err := hex.DecodeString(tc.Hex)
			if err != nil {
				t.Fatal(err)
			}
			if got := validUTF8(string(raw)); got != tc.Text {
				t.Errorf("read as %q, want %q", got, tc.Text)
			}
			if got := Shorten(validUTF8(string(raw)), tc.Limit); got != tc.Want {
				t.Errorf("got %q, want %q", got, tc.Want)
			}
		})
	}
}

func TestSeriesAreFittedAsInPython(t *testing.T) {
	for _, tc := range readGolden(t).Series {
		t.Run(tc.What, func(t *testing.T) {
			got := Fit(Metric{Name: tc.Metric}, tc.Tags, tc.Limit)
			want := make([]Tag, 0, len(tc.Want.Tags))
			for _, pair := range tc.Want.Tags {
				want = append(want, Tag{pair[0], pair[1]})
			}
			if got.Name != tc.Want.Metric || len(got.Tags) != len(want) {
				t.Fatalf("got %s %q, want %s %q", got.Name, got.Tags, tc.Want.Metric, want)
			}
			for i, tag := range got.Tags {
				if tag != want[i] {
					t.Errorf("got %q, want %q", tag, want[i])
				}
			}
			if left := len(tc.Tags) - len(want); got.TagsLeftOut != left {
				t.Errorf("%d tags left out, want %d", got.TagsLeftOut, left)
			}
		})
	}
}

func TestWhatIsShortenedIsTold(t *testing.T) {
	got := Rules{}.Series(counter, set("check", strings.Repeat("ü", 5000)))

	if want := `the value of the tag "check" of http_reqs, 5000 characters`; got.Shortened != want {
		t.Errorf("got %q", got.Shortened)
	}
	if value := got.Tags[0].Value; utf8.RuneCountInString(value) != 4096 || !strings.HasPrefix(value, strings.Repeat("ü", 4087)+"…") {
		t.Errorf("got %d characters", utf8.RuneCountInString(value))
	}
}

func TestTheServersLengthCounts(t *testing.T) {
	for limit, want := range map[int]int{0: 4096, -1: 4096, 1: MinNameLength, 100: 100, 8192: 5000} {
		got := Rules{NameLength: limit}.Series(counter, set("a", strings.Repeat("x", 5000)))
		if n := len([]rune(got.Tags[0].Value)); n != want {
			t.Errorf("limit %d: got %d characters, want %d", limit, n, want)
		}
	}
}

func TestKeysThatBecomeEqualAreOne(t *testing.T) {
	got := New(counter, set("k\xfe", "1", "k\xff", "2"))

	if len(got.Tags) != 1 || got.Tags[0] != (Tag{"k\uFFFD", "2"}) {
		t.Errorf("got %q", got.Tags)
	}
}

func FuzzShorten(f *testing.F) {
	f.Add("a", 16)
	f.Add(strings.Repeat("ü", 30), 20)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = MinNameLength + int(uint(limit)%100)
		text = validUTF8(text)
		short := Shorten(text, limit)
		if !utf8.ValidString(short) || utf8.RuneCountInString(short) != min(limit, utf8.RuneCountInString(text)) {
			t.Errorf("%q became %q", text, short)
		}
	})
}

func TestNamesThatFitCostNoWarning(t *testing.T) {
	f := &fitter{limit: DefaultNameLength}
	tags := map[string]string{}
	for i := range 20 {
		tags[strings.Repeat("k", i+1)] = "v"
	}
	plain := testing.AllocsPerRun(100, func() {
		for key, value := range tags {
			f.shorten(key, func() string { t.Error("asked what a short key is"); return "" })
			f.shorten(value, func() string { t.Error("asked what a short value is"); return "" })
		}
	})
	if plain != 0 {
		t.Errorf("%v allocations for names that fit", plain)
	}
	if all := testing.AllocsPerRun(100, func() { f.tags("requests", tags) }); all > 20 {
		t.Errorf("%v allocations for 20 tags that fit", all)
	}
}
