package digest

import (
	"bytes"
	"slices"
	"testing"
)

func TestDecodeReadsWhatAppendWrote(t *testing.T) {
	for name := range distributions {
		d := of(100, draw(name, 3_000, 23))

		compression, centroids, err := Decode(d.Append(nil))

		if err != nil || compression != 100 || !slices.Equal(centroids, d.Centroids()) {
			t.Errorf("%s: compression %d, error %v", name, compression, err)
		}
	}
}

func TestDecodeRefusesCutAndTrailingBytes(t *testing.T) {
	whole := of(100, []float64{1, 2, 3}).Append(nil)
	for size := range whole {
		if _, _, err := Decode(whole[:size]); err == nil {
			t.Errorf("%d of %d bytes were taken for a digest", size, len(whole))
		}
	}
	if _, _, err := Decode(append(whole, 0)); err == nil {
		t.Error("a trailing byte was ignored")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add(of(100, []float64{1, 2, 2}).Append(nil))
	f.Add([]byte{100, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		compression, centroids, err := Decode(data)
		if err != nil {
			return
		}
		d := &Digest{compression: int(compression), centroids: centroids}
		again := d.Append(nil)
		if len(again) > len(data) { // a varint may be written longer than need be, never shorter
			t.Errorf("%x became %x", data, again)
		}
		if len(again) == len(data) && !bytes.Equal(again, data) {
			t.Errorf("%x became %x", data, again)
		}
	})
}
