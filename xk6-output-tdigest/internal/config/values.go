package config

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A value is the place of a setting in a Config. The errors of set say what is wrong with an input without repeating it.
type value interface {
	set(input string) error
	String() string
}

type text string

func (v *text) set(input string) error {
	*v = text(input)
	return nil
}

func (v *text) String() string { return string(*v) }

type integer int

func (v *integer) set(input string) error {
	number, err := strconv.Atoi(input)
	if err != nil {
		return errors.New("must be a whole number")
	}
	*v = integer(number)
	return nil
}

func (v *integer) String() string { return strconv.Itoa(int(*v)) }

type boolean bool

func (v *boolean) set(input string) error {
	truth, err := strconv.ParseBool(input)
	if err != nil {
		return errors.New("must be true or false")
	}
	*v = boolean(truth)
	return nil
}

func (v *boolean) String() string { return strconv.FormatBool(bool(*v)) }

// duration is read as k6 reads one: with units, or a bare number of milliseconds.
type duration time.Duration

func (v *duration) set(input string) error {
	if milliseconds, err := strconv.ParseInt(input, 10, 32); err == nil {
		*v = duration(time.Duration(milliseconds) * time.Millisecond)
		return nil
	}
	parsed, err := time.ParseDuration(input)
	if err != nil {
		return errors.New("must be a duration like 10s or 500ms")
	}
	*v = duration(parsed)
	return nil
}

func (v *duration) String() string { return time.Duration(*v).String() }

// size is a number of bytes.
type size int

var units = []struct {
	name  string
	bytes int
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}

func (v *size) set(input string) error {
	for _, unit := range units {
		digits, found := strings.CutSuffix(input, unit.name)
		if !found {
			continue
		}
		number, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 31)
		if err != nil {
			break
		}
		*v = size(int(number) * unit.bytes)
		return nil
	}
	return errors.New("must be a number of bytes, or a number with KiB, MiB or GiB")
}

func (v *size) String() string {
	for _, unit := range units {
		if int(*v)%unit.bytes == 0 {
			return strconv.Itoa(int(*v)/unit.bytes) + unit.name
		}
	}
	return ""
}

type choice struct {
	chosen  *string
	allowed []string
}

func (v choice) set(input string) error {
	if !slices.Contains(v.allowed, input) {
		return fmt.Errorf("must be one of: %s", strings.Join(v.allowed, ", "))
	}
	*v.chosen = input
	return nil
}

func (v choice) String() string { return *v.chosen }

// list is some texts, with commas between them.
type list []string

func (v *list) set(input string) error {
	items := list{}
	for item := range strings.SplitSeq(input, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	*v = items
	return nil
}

func (v *list) String() string { return strings.Join(*v, ",") }

// pairs are keys with their values, in the form key=value,key=value.
type pairs map[string]string

func (v *pairs) set(input string) error {
	read := pairs{}
	for item := range strings.SplitSeq(input, ",") {
		key, content, found := strings.Cut(item, "=")
		if key = strings.TrimSpace(key); !found || key == "" {
			if strings.TrimSpace(item) == "" {
				continue
			}
			return errors.New("must be pairs like key=value,key=value")
		}
		read[key] = strings.TrimSpace(content)
	}
	*v = read
	return nil
}

func (v *pairs) String() string {
	items := []string{}
	for _, key := range slices.Sorted(maps.Keys(*v)) {
		items = append(items, key+"="+(*v)[key])
	}
	return strings.Join(items, ",")
}

// address is the URL of a server.
type address struct{ target **url.URL }

func (v address) set(input string) error {
	parsed, err := url.Parse(input)
	switch {
	case !strings.Contains(input, "://"):
		return errors.New("must begin with http:// or https://: http:// is missing")
	case err != nil: // its text may repeat a password
		return errors.New("is not a valid URL")
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return errors.New("must begin with http:// or https://")
	case parsed.Hostname() == "":
		return errors.New("names no host")
	case parsed.RawQuery != "" || parsed.Fragment != "":
		return errors.New("must not have a query or fragment here: settings in a query belong after --out tdigest=")
	}
	*v.target = parsed
	return nil
}

func (v address) String() string { return withoutCredentials(*v.target).String() }
