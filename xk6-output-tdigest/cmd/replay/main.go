// Command replay sends files that k6 wrote with `--out json` to a tdigest server, as if the tests were running now but by
// the time of the data: each file as an instance of its own.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/sirupsen/logrus"
)

func main() {
	if err := replayAll(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(1)
	}
}

func replayAll(arguments []string) error {
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	server := flags.String("url", "http://127.0.0.1:4242", "the server")
	width := flags.Duration("interval", 10*time.Second, "width of the intervals")
	prefix := flags.String("prefix", "k6.", "put before every metric name")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: replay [flags] FILE.jsonl[.gz] ...")
		flags.PrintDefaults()
	}
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("no file given")
	}
	to, err := url.Parse(*server)
	if err != nil {
		return fmt.Errorf("url: %w", err)
	}
	for _, name := range flags.Args() {
		replay := replay{server: to, width: *width, prefix: *prefix, logger: logrus.StandardLogger()}
		if err := replay.file(name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
