// Command telegraf writes points through telegraf's own OpenTSDB output: HOST PORT COUNT.
//
// HOST begins with tcp:// for telnet and with http:// for HTTP.
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/influxdata/telegraf"
	"github.com/influxdata/telegraf/metric"
	"github.com/influxdata/telegraf/plugins/outputs/opentsdb"
	"github.com/influxdata/telegraf/testutil"
)

func main() {
	if err := write(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func write(host, port, count string) error {
	number, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("port: %w", err)
	}
	points, err := strconv.Atoi(count)
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	output := &opentsdb.OpenTSDB{
		Host: host, Port: number, Prefix: "telegraf.", HTTPBatchSize: 50, HTTPPath: "/api/put", Separator: "_",
		Log: testutil.Logger{Quiet: true},
	}
	if err := output.Connect(); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if err := output.Write(made(points)); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return output.Close()
}

// made returns metrics of two fields each, as a CPU plug-in gathers them, with tags that the output has to clean.
func made(count int) []telegraf.Metric {
	metrics := make([]telegraf.Metric, 0, count/2)
	for i := range count / 2 {
		tags := map[string]string{"host": "web 01", "cpu": fmt.Sprintf("cpu%d", i%4), "disk": "sda#1"}
		fields := map[string]any{"usage_idle": float64(i) / 3, "interrupts": int64(i)}
		metrics = append(metrics, metric.New("cpu", tags, fields, time.Unix(1_700_000_000+int64(i), 0)))
	}
	return metrics
}
