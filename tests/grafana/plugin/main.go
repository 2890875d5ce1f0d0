// Asks a running server what Grafana would, through the OpenTSDB data source's own Go code, and checks what it makes
// of the answers. README.md tells how to run it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/grafana/grafana-opentsdb-datasource/pkg/opentsdb"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

const start = 1_700_000_040

var failed bool

func main() {
	server := os.Args[1]
	must(load(server))
	settings(server)
	for _, version := range []int{3, 4} {
		source := open(server+"/grafana", version)
		health(source, version)
		resources(source)
		for _, question := range questions {
			question.check(source, version)
		}
	}
	if failed {
		os.Exit(1)
	}
}

// ---- data -----------------------------------------------------------------------------------------------------------

func load(server string) error {
	points := []map[string]any{}
	for host, values := range map[string][]float64{"web01": {1, 2, 3, -1, 5, 6}, "web02": {10, 20, 30, 40, 50, 60}} {
		for i, value := range values {
			if value >= 0 {
				points = append(points, map[string]any{
					"metric": "cpu", "timestamp": start + 10*i, "value": value, "tags": map[string]string{"host": host},
				})
			}
		}
	}
	if err := post(server+"/api/put", points); err != nil {
		return err
	}
	return post(server+"/api/annotation", map[string]any{"startTime": (start + 15) * 1000, "description": "deployment"})
}

func post(url string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	response, err := http.Post(url, "application/json", bytes.NewReader(text))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}

// ---- the data source ------------------------------------------------------------------------------------------------

func open(url string, version int) *opentsdb.DataSource {
	settings := fmt.Sprintf(`{"tsdbVersion":%d,"tsdbResolution":1,"lookupLimit":0}`, version)
	instance, err := opentsdb.NewDatasource(context.Background(), backend.DataSourceInstanceSettings{
		URL: url, JSONData: []byte(settings),
	})
	must(err)
	return instance.(*opentsdb.DataSource)
}

func settings(server string) {
	_, err := opentsdb.NewDatasource(context.Background(), backend.DataSourceInstanceSettings{
		URL: server, JSONData: []byte(`{"tsdbVersion":4,"tsdbResolution":1,"lookupLimit":"1000"}`),
	})
	report("a lookupLimit that is a text", strings.HasPrefix(fmt.Sprint(err), "error reading settings: json: "), true)
}

func health(source *opentsdb.DataSource, version int) {
	result, err := source.CheckHealth(context.Background(), &backend.CheckHealthRequest{})
	must(err)
	report(fmt.Sprintf("Save & test, version %d", version), result.Message, "Data source is working")
}

func resources(source *opentsdb.DataSource) {
	contains(source, "api/aggregators", "p99")
	contains(source, "api/config/filters", "literal_or")
	contains(source, "api/suggest?type=metrics&q=cp&max=1000", "cpu")
	contains(source, "api/search/lookup?type=key&metric=cpu", "host")
	contains(source, "api/search/lookup?type=keyvalue&metric=cpu&keys=host", "web02")
	contains(source, "api/search/lookup?type=keyvalue&metric=cpu&keys=host,host=web01,host=web02", "web02")
}

func contains(source *opentsdb.DataSource, path, name string) {
	var names []string
	sender := backend.CallResourceResponseSenderFunc(func(response *backend.CallResourceResponse) error {
		if response.Status != http.StatusOK {
			return fmt.Errorf("status %d: %s", response.Status, response.Body)
		}
		return json.Unmarshal(response.Body, &names)
	})
	where, _, _ := strings.Cut(path, "?")
	err := source.CallResource(context.Background(), &backend.CallResourceRequest{
		Method: http.MethodGet, Path: where, URL: path,
	}, sender)
	found := fmt.Sprint(err)
	for _, each := range names {
		if err == nil && each == name {
			found = name
		}
	}
	report(path, found, name)
}

// ---- questions ------------------------------------------------------------------------------------------------------

type question struct {
	name  string
	model string
	want  []string // a line for each frame: labels, and values by seconds from the start
}

var questions = []question{
	{"a sum", `{"metric":"cpu","aggregator":"sum","downsampleInterval":"20s","downsampleAggregator":"sum"}`,
		[]string{" 0:33 20:73 40:121"}},
	{"by host", `{"metric":"cpu","aggregator":"sum","downsampleInterval":"20s","downsampleAggregator":"sum",` +
		`"filters":[{"type":"wildcard","tagk":"host","filter":"web*","groupBy":true}]}`,
		[]string{"host=web01 0:3 20:3 40:11", "host=web02 0:30 20:70 40:110"}},
	{"fill nan", `{"metric":"cpu","aggregator":"sum","downsampleInterval":"10s","downsampleAggregator":"sum",` +
		`"downsampleFillPolicy":"nan","tags":{"host":"web01"}}`,
		[]string{"host=web01 0:1 10:2 20:3 40:5 50:6"}},
	{"fill null", `{"metric":"cpu","aggregator":"sum","downsampleInterval":"10s","downsampleAggregator":"sum",` +
		`"downsampleFillPolicy":"null","tags":{"host":"web01"}}`,
		[]string{"host=web01 0:1 10:2 20:3 40:5 50:6"}},
	{"fill zero", `{"metric":"cpu","aggregator":"sum","downsampleInterval":"10s","downsampleAggregator":"sum",` +
		`"downsampleFillPolicy":"zero","tags":{"host":"web01"}}`,
		[]string{"host=web01 0:1 10:2 20:3 30:0 40:5 50:6"}},
	{"no function chosen", `{"metric":"cpu","aggregator":"sum","downsampleInterval":"30s"}`, []string{" 0:22 30:55.5"}},
	{"below a second", `{"metric":"cpu","aggregator":"sum","downsampleInterval":"0.5s","downsampleAggregator":"sum"}`,
		[]string{" 0:11 10:22 20:33 30:44 40:55 50:66"}},
	{"Grafana's interval", `{"metric":"cpu","aggregator":"max","downsampleAggregator":"max"}`, []string{" 0:30 30:60"}},
	{"a percentile", `{"metric":"cpu","aggregator":"p50","disableDownsampling":true,"tags":{"host":"*"},` +
		`"filters":[{"type":"literal_or","tagk":"host","filter":"web02","groupBy":true}]}`,
		[]string{"host=web02,quantile=0.5 0:10 10:20 20:30 30:40 40:50 50:60"}},
	{"a counter", `{"metric":"cpu","aggregator":"sum","disableDownsampling":true,"shouldComputeRate":true,` +
		`"isCounter":true,"counterMax":"18446744073709551615","tags":{"host":"web02"}}`,
		[]string{"host=web02 10:1 20:1 30:1 40:1 50:1"}},
	{"an unknown metric", `{"metric":"nosuch","aggregator":"sum","downsampleAggregator":"avg"}`, []string{}},
	{"an unknown tag value", `{"metric":"cpu","aggregator":"sum","downsampleAggregator":"avg","tags":{"host":"x"}}`,
		[]string{}},
	{"events", `{"metric":"cpu","aggregator":"sum","disableDownsampling":true,"tags":{"host":"web01"}}`,
		[]string{"host=web01 0:1 10:2 20:3 40:5 50:6 [1700000055 deployment]"}},
	{"events of a metric without points", `{"metric":"deployments","aggregator":"sum","disableDownsampling":true}`,
		[]string{" [1700000055 deployment]"}},
	{"a mistake", `{"metric":"cpu","aggregator":"sum","downsampleInterval":"$__interval","downsampleAggregator":"avg"}`,
		[]string{"request failed, status: 400 Invalid duration (number): $__interval"}},
}

func (q question) check(source *opentsdb.DataSource, version int) {
	response, err := source.QueryData(context.Background(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{
		RefID: "A", JSON: []byte(q.model), Interval: 30 * time.Second,
		TimeRange: backend.TimeRange{From: time.Unix(start, 0), To: time.Unix(start+59, 0)},
	}}})
	must(err)
	report(fmt.Sprintf("%s, version %d", q.name, version), shown(response.Responses["A"], q), q.want)
}

func shown(response backend.DataResponse, q question) []string {
	if response.Error != nil {
		return []string{response.Error.Error()}
	}
	lines := []string{}
	for _, frame := range response.Frames {
		if kind := frame.TimeSeriesSchema().Type; kind != data.TimeSeriesTypeWide {
			return []string{"not a time series: " + kind.String()}
		}
		lines = append(lines, line(frame, strings.HasPrefix(q.name, "events")))
	}
	return lines
}

func line(frame *data.Frame, events bool) string {
	text := strings.ReplaceAll(frame.Fields[1].Labels.String(), ", ", ",")
	for i := range frame.Rows() {
		at := frame.Fields[0].At(i).(time.Time).Unix() - start
		text += fmt.Sprintf(" %d:%g", at, frame.Fields[1].At(i))
	}
	if !strings.Contains(text, " ") {
		text += " "
	}
	if events {
		for _, event := range frame.Meta.Custom.(map[string]any)["globalAnnotations"].([]opentsdb.OpenTsdbAnnotation) {
			text = strings.TrimRight(text, " ") + fmt.Sprintf(" [%.0f %s]", event.StartTime, event.Description)
		}
	}
	return text
}

// ---- the report -----------------------------------------------------------------------------------------------------

func report(name string, got, want any) {
	if reflect.DeepEqual(got, want) {
		fmt.Println("ok  ", name)
		return
	}
	failed = true
	fmt.Printf("FAIL %s\n     got  %q\n     want %q\n", name, got, want)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
