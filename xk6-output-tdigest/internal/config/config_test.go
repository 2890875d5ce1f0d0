package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWithoutSourcesTheDefaultsHold(t *testing.T) {
	got, err := Read(Sources{})

	if err != nil || got.Server() != "http://127.0.0.1:4242" || got.Interval != 10*time.Second || got.Prefix != "k6." {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestALaterSourceOverridesAnEarlierOne(t *testing.T) {
	inJSON := json.RawMessage(`{"runId": "json"}`)
	inScript := json.RawMessage(`{"runId": "script"}`)
	inEnvironment := map[string]string{"K6_TDIGEST_RUN_ID": "environment"}
	for name, tc := range map[string]struct {
		sources Sources
		want    string
	}{
		"none":                {Sources{}, ""},
		"JSON":                {Sources{JSON: inJSON}, "json"},
		"script over JSON":    {Sources{JSON: inJSON, Script: inScript}, "script"},
		"environment over it": {Sources{JSON: inJSON, Script: inScript, Environment: inEnvironment}, "environment"},
		"argument over all": {
			Sources{JSON: inJSON, Script: inScript, Environment: inEnvironment, Argument: "?runId=argument"}, "argument",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Read(tc.sources); got.RunID != tc.want || err != nil {
				t.Errorf("got %q, %v, want %q", got.RunID, err, tc.want)
			}
		})
	}
}

// samples are, for each setting, a value in the form of the environment and what it comes to.
var samples = map[string]struct {
	input string
	want  func(Config) any
	shown string
}{
	"url":                {"https://h:1/base", func(c Config) any { return c.URL }, "https://h:1/base"},
	"interval":           {"5s", func(c Config) any { return c.Interval }, "5s"},
	"grace":              {"250", func(c Config) any { return c.Grace }, "250ms"},
	"runId":              {"r 1", func(c Config) any { return c.RunID }, "r 1"},
	"instance":           {"gen-a", func(c Config) any { return c.Instance }, "gen-a"},
	"prefix":             {"", func(c Config) any { return c.Prefix }, ""},
	"tags":               {"team=web, build=a=b,", func(c Config) any { return c.Tags }, "map[build:a=b team:web]"},
	"dropTags":           {"url, vu", func(c Config) any { return c.DropTags }, "[url vu]"},
	"keepTags":           {"name", func(c Config) any { return c.KeepTags }, "[name]"},
	"metrics":            {"http_*,!vus", func(c Config) any { return c.Metrics }, "[http_* !vus]"},
	"compression":        {"100", func(c Config) any { return c.Compression }, "100"},
	"maxSeries":          {"5", func(c Config) any { return c.MaxSeries }, "5"},
	"queueBytes":         {"2 MiB", func(c Config) any { return c.QueueBytes }, "2097152"},
	"timeout":            {"1m", func(c Config) any { return c.Timeout }, "1m0s"},
	"stopTimeout":        {"2s", func(c Config) any { return c.StopTimeout }, "2s"},
	"encoding":           {"none", func(c Config) any { return c.Encoding }, "none"},
	"token":              {"t", func(c Config) any { return c.Token }, "t"},
	"username":           {"u", func(c Config) any { return c.Username }, "u"},
	"password":           {"p", func(c Config) any { return c.Password }, "p"},
	"headers":            {"X-A=1", func(c Config) any { return c.Headers }, "map[X-A:1]"},
	"caFile":             {"ca.pem", func(c Config) any { return c.CAFile }, "ca.pem"},
	"certFile":           {"c.pem", func(c Config) any { return c.CertFile }, "c.pem"},
	"keyFile":            {"k.pem", func(c Config) any { return c.KeyFile }, "k.pem"},
	"insecureSkipVerify": {"true", func(c Config) any { return c.InsecureSkipVerify }, "true"},
	"onStart":            {"fail", func(c Config) any { return c.OnStart }, "fail"},
}

// needed are settings that another one is refused without.
var needed = map[string]string{"certFile": "keyFile", "keyFile": "certFile"}

func TestEverySettingCanBeGivenEverywhere(t *testing.T) {
	for _, setting := range Settings {
		sample, found := samples[setting.Name]
		if !found {
			t.Errorf("%s has no sample", setting.Name)
			continue
		}
		values := map[string]string{setting.Name: sample.input}
		if other, found := needed[setting.Name]; found {
			values[other] = samples[other].input
		}
		for place, sources := range everywhere(t, values) {
			got, err := Read(sources)

			if shown := fmt.Sprint(sample.want(got)); err != nil || shown != sample.shown {
				t.Errorf("%s in the %s is %q, want %q; %v", setting.Name, place, shown, sample.shown, err)
			}
		}
	}
}

func everywhere(t *testing.T, values map[string]string) map[string]Sources {
	t.Helper()
	object, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{}
	query := []string{}
	argument := ""
	for name, value := range values {
		setting, _ := find(name)
		environment[setting.Variable()] = value
		if name == "url" {
			argument = value
			continue
		}
		query = append(query, name+"="+strings.NewReplacer("=", "%3D", " ", "+", "!", "%21").Replace(value))
	}
	return map[string]Sources{
		"JSON": {JSON: object}, "script": {Script: object}, "environment": {Environment: environment},
		"argument": {Argument: argument + "?" + strings.Join(query, "&")},
	}
}

func TestVariables(t *testing.T) {
	for name, want := range map[string]string{
		"url": "K6_TDIGEST_URL", "runId": "K6_TDIGEST_RUN_ID", "caFile": "K6_TDIGEST_CA_FILE",
		"insecureSkipVerify": "K6_TDIGEST_INSECURE_SKIP_VERIFY",
	} {
		if got := (Setting{Name: name}).Variable(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestJSONMayUseItsOwnForms(t *testing.T) {
	got, err := Read(Sources{JSON: json.RawMessage(`{
		"tags": {"a": "x,y", "b": "="}, "dropTags": ["u,v"], "compression": 50, "insecureSkipVerify": true,
		"grace": 2000, "token": null
	}`)})

	if err != nil || got.Tags["a"] != "x,y" || got.Tags["b"] != "=" || got.DropTags[0] != "u,v" || got.Compression != 50 ||
		!got.InsecureSkipVerify || got.Grace != 2*time.Second || got.Token != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWrongSettingsAreNamedWithTheirValues(t *testing.T) {
	environment := func(name, value string) Sources {
		return Sources{Environment: map[string]string{name: value}}
	}
	for name, tc := range map[string]struct {
		sources Sources
		want    string
	}{
		"uneven interval":        {environment("K6_TDIGEST_INTERVAL", "7s"), "interval 7s does not divide a minute evenly"},
		"half a second":          {environment("K6_TDIGEST_INTERVAL", "500ms"), "interval 500ms does not divide"},
		"no interval":            {environment("K6_TDIGEST_INTERVAL", "0s"), "interval 0s does not divide"},
		"more than a minute":     {environment("K6_TDIGEST_INTERVAL", "2m"), "interval 2m0s does not divide"},
		"a negative interval":    {environment("K6_TDIGEST_INTERVAL", "-10s"), "interval -10s does not divide"},
		"no duration":            {environment("K6_TDIGEST_GRACE", "soon"), `K6_TDIGEST_GRACE: grace "soon" must be a duration`},
		"negative grace":         {environment("K6_TDIGEST_GRACE", "-1s"), "grace -1s must be between"},
		"too coarse":             {environment("K6_TDIGEST_COMPRESSION", "19"), "compression 19 must be between 20 and 1000"},
		"too fine":               {Sources{Argument: "?compression=1001"}, "compression 1001 must be"},
		"no number":              {Sources{Argument: "?compression=fine"}, `compression "fine" must be a whole number`},
		"no series":              {Sources{Argument: "?maxSeries=0"}, "maxSeries 0 must be above 0"},
		"no queue":               {Sources{Argument: "?queueBytes=0"}, "queueBytes 0 must be above 0"},
		"no size":                {Sources{Argument: "?queueBytes=much"}, `queueBytes "much" must be a number of bytes`},
		"no time":                {Sources{Argument: "?timeout=0"}, "timeout 0s must be above"},
		"no time to stop":        {Sources{Argument: "?stopTimeout=0"}, "stopTimeout 0s must be above"},
		"unknown encoding":       {Sources{Argument: "?encoding=zip"}, `encoding "zip" must be one of: gzip, none`},
		"unknown reaction":       {Sources{Argument: "?onStart=die"}, `onStart "die" must be one of: warn, fail`},
		"no truth":               {Sources{Argument: "?insecureSkipVerify=perhaps"}, "must be true or false"},
		"no pairs":               {Sources{Argument: "?tags=web"}, `tags "web" must be pairs`},
		"no pattern":             {Sources{Argument: "?metrics=[a"}, `metrics: "[a" is not a pattern`},
		"a key alone":            {Sources{Argument: "?keyFile=k"}, "go together"},
		"two ways in":            {Sources{Argument: "?token=t&username=u"}, "exclude each other"},
		"a reserved header":      {Sources{Argument: "?headers=content-type%3Dx"}, `"content-type" is set by the output`},
		"a broken header":        {Sources{Argument: "?headers=a+b%3Dx"}, `"a b" has a name or a value`},
		"no scheme":              {Sources{Argument: "host:4242"}, `url "host:4242" must begin with http:// or https://: http:// is missing`},
		"an address alone":       {environment("K6_TDIGEST_URL", "127.0.0.1:4343"), `url "127.0.0.1:4343" must begin with http:// or https://: http:// is missing`},
		"a URL in the query":     {Sources{Argument: "?url=http://h"}, "url is not for the query: it stands before the question mark"},
		"another scheme":         {Sources{Argument: "ftp://host"}, `url "ftp://host" must begin with http://`},
		"no host":                {Sources{Argument: "http://"}, `url "http://" names no host`},
		"a query elsewhere":      {environment("K6_TDIGEST_URL", "http://h?interval=5s"), "must not have a query"},
		"an unknown setting":     {Sources{Argument: "http://h?intervall=5s"}, `no setting named "intervall" for the query of the URL, the nearest is interval`},
		"a setting twice":        {Sources{Argument: "http://h?grace=1s&grace=2s"}, "grace is given more than once"},
		"a broken query":         {Sources{Argument: "http://h?%zz"}, "query of the URL cannot be read"},
		"an unknown JSON key":    {Sources{JSON: json.RawMessage(`{"intervall": 5}`)}, `collectors.tdigest: there is no setting named "intervall", the nearest is interval`},
		"no JSON object":         {Sources{Script: json.RawMessage(`[]`)}, "options.ext.tdigest: must be a JSON object"},
		"a list for a text":      {Sources{Script: json.RawMessage(`{"runId": ["a"]}`)}, "runId"},
		"numbers among the tags": {Sources{JSON: json.RawMessage(`{"tags": {"a": 1}}`)}, "tags"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(tc.sources)

			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}

func TestMisspeltVariablesAreRefused(t *testing.T) {
	for variable, want := range map[string]string{
		"K6_TDIGEST_INTERVALL":    "K6_TDIGEST_INTERVALL, the nearest is K6_TDIGEST_INTERVAL",
		"K6_TDIGEST_RUNID":        "K6_TDIGEST_RUNID, the nearest is K6_TDIGEST_RUN_ID",
		"K6_TDIGEST_STOP_TIMEOUR": "K6_TDIGEST_STOP_TIMEOUR, the nearest is K6_TDIGEST_STOP_TIMEOUT",
		"K6_TDIGEST_interval":     "K6_TDIGEST_interval, the nearest is K6_TDIGEST_INTERVAL",
		"K6_TDIGEST_PASSWD":       "K6_TDIGEST_PASSWD, the nearest is K6_TDIGEST_PASSWORD",
		"K6_TDIGEST_ABRACADABRA":  "K6_TDIGEST_ABRACADABRA",
		"K6_TDIGEST_PORT":         "K6_TDIGEST_PORT",
	} {
		_, err := Read(Sources{Environment: map[string]string{variable: "hunter2"}})

		if err == nil || !strings.HasPrefix(err.Error(), "there is no setting for the variable "+want) ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestVariablesOfOthersAreLeftAlone(t *testing.T) {
	for name, environment := range map[string]map[string]string{
		"k6":      {"K6_OUT": "tdigest", "K6_TDIGESTS": "x", "TDIGEST_URLL": "x"},
		"service": {"K6_TDIGEST_SERVICE_HOST": "10.0.0.1", "K6_TDIGEST_SERVICE_PORT_HTTP": "4242", "K6_TDIGEST_PORT": "tcp://10.0.0.1:4242"},
		"a longer name": {
			"K6_TDIGEST_DB_SERVICE_HOST": "10.0.0.1", "K6_TDIGEST_DB_PORT_4242_TCP_ADDR": "10.0.0.1", "K6_TDIGEST_DB_SERVICE_PORT": "4242",
		},
	} {
		if _, err := Read(Sources{Environment: environment}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNearestSettingOfAName(t *testing.T) {
	for misspelt, want := range map[string]string{
		"intervall": "interval", "run_id": "runId", "tag": "tags", "queue": "queueBytes", "metric": "metrics", "compress": "compression",
		"": "", "abracadabra": "", "x": "",
	} {
		if setting, _ := nearest(misspelt); setting.Name != want {
			t.Errorf("%q: got %q, want %q", misspelt, setting.Name, want)
		}
	}
}

func TestSecretsStayOutOfErrorsAndLogs(t *testing.T) {
	const secret = "hunter2"
	for name, sources := range map[string]Sources{
		"a password in a broken URL": {Argument: "http://me:" + secret + "@host:port"},
		"in a URL without a scheme":  {Environment: map[string]string{"K6_TDIGEST_URL": "me:" + secret + "@host"}},
		"in another scheme":          {JSON: json.RawMessage(`{"url": "ftp://me:` + secret + `@host"}`)},
		"headers":                    {Environment: map[string]string{"K6_TDIGEST_HEADERS": secret}},
		"a header's value":           {Environment: map[string]string{"K6_TDIGEST_HEADERS": "a b=" + secret}},
		"two ways in":                {Argument: "?token=" + secret + "&password=" + secret},
		"a list as a token":          {JSON: json.RawMessage(`{"token": ["` + secret + `"]}`)},
	} {
		if _, err := Read(sources); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	config, err := Read(Sources{Argument: "http://me:" + secret + "@host"})
	if err != nil || config.Server() != "http://host" || config.Endpoint().String() != "http://host" {
		t.Errorf("%s, %v", config.Server(), err)
	}
	if username, password := config.Credentials(); username != "me" || password != secret {
		t.Errorf("%s:%s", username, password)
	}
}

func TestREADMEDescribesEverySetting(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, setting := range Settings {
		fallback := setting.Default()
		if fallback != "" {
			fallback = "`" + fallback + "`"
		}
		fmt.Fprintf(&table, "| `%s` | `%s` | %s | %s |\n", setting.Name, setting.Variable(), fallback, setting.Help)
	}

	if !strings.Contains(string(readme), table.String()) {
		t.Errorf("README.md does not hold this table:\n%s", table.String())
	}
}

func FuzzArgument(f *testing.F) {
	f.Add("http://host:4242?interval=5s")
	f.Add("?tags=a%3Db&token=x")
	f.Add("http://me:pw@[::1]:1/base?queueBytes=1GiB#x")
	f.Fuzz(func(t *testing.T, argument string) {
		config, err := Read(Sources{Argument: argument})
		if err == nil && (config.URL.Host == "" || config.Interval <= 0) {
			t.Errorf("%q became %+v", argument, config)
		}
	})
}
