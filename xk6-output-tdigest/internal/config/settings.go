package config

// A Setting is one row of the table of settings: everything else about it is derived from the row.
type Setting struct {
	Name   string // in JSON and in the query of a URL; K6_TDIGEST_ and snake case in the environment
	Secret bool   // never printed
	Help   string
	target func(*Config) value
}

// Settings are all settings, in the order of README.md.
var Settings = []Setting{
	{Name: "url", target: func(c *Config) value { return address{&c.URL} },
		Help: "where the server is; a path is put before the protocol's own"},
	{Name: "interval", target: func(c *Config) value { return (*duration)(&c.Interval) },
		Help: "width of the intervals; divides a minute: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 s"},
	{Name: "grace", target: func(c *Config) value { return (*duration)(&c.Grace) },
		Help: "how long after its end an interval waits for late samples"},
	{Name: "runId", target: func(c *Config) value { return (*text)(&c.RunID) },
		Help: "id of the test run, kept in every batch for run reports; queries do not see it yet"},
	{Name: "instance", target: func(c *Config) value { return (*text)(&c.Instance) },
		Help: "the tag `instance` of gauges, by default host name and a random part"},
	{Name: "prefix", target: func(c *Config) value { return (*text)(&c.Prefix) },
		Help: "put before every metric name"},
	{Name: "tags", target: func(c *Config) value { return (*pairs)(&c.Tags) },
		Help: "tags for all series that do not have them, `key=value,key=value`"},
	{Name: "dropTags", target: func(c *Config) value { return (*list)(&c.DropTags) },
		Help: "tag keys to leave out, `key,key`"},
	{Name: "keepTags", target: func(c *Config) value { return (*list)(&c.KeepTags) },
		Help: "if given, the only tag keys to keep"},
	{Name: "metrics", target: func(c *Config) value { return (*list)(&c.Metrics) },
		Help: "metrics to send, by pattern: `http_*,!http_req_blocked`; all but those after `!` if only such are given"},
	{Name: "compression", target: func(c *Config) value { return (*integer)(&c.Compression) },
		Help: "accuracy of the digests, 20 to 1000: no centroid mixes more than 1/compression of the samples"},
	{Name: "maxSeries", target: func(c *Config) value { return (*integer)(&c.MaxSeries) },
		Help: "series beyond this number are folded into one per metric, tagged `overflow=true`"},
	{Name: "queueBytes", target: func(c *Config) value { return (*size)(&c.QueueBytes) },
		Help: "memory for batches while the server is away; a number of bytes, or with KiB, MiB, GiB"},
	{Name: "timeout", target: func(c *Config) value { return (*duration)(&c.Timeout) },
		Help: "for one request"},
	{Name: "stopTimeout", target: func(c *Config) value { return (*duration)(&c.StopTimeout) },
		Help: "for delivering what is left at the end of the test"},
	{Name: "encoding", target: func(c *Config) value { return choice{&c.Encoding, []string{EncodingGzip, EncodingNone}} },
		Help: "of large requests: `gzip` or `none`"},
	{Name: "token", Secret: true, target: func(c *Config) value { return (*text)(&c.Token) },
		Help: "bearer token"},
	{Name: "username", target: func(c *Config) value { return (*text)(&c.Username) },
		Help: "for basic authentication; may stand in the URL as well"},
	{Name: "password", Secret: true, target: func(c *Config) value { return (*text)(&c.Password) },
		Help: "for basic authentication"},
	{Name: "headers", Secret: true, target: func(c *Config) value { return (*pairs)(&c.Headers) },
		Help: "further headers of each request, `Name=value,Name=value`"},
	{Name: "caFile", target: func(c *Config) value { return (*text)(&c.CAFile) },
		Help: "certificates (PEM) to trust instead of the system's"},
	{Name: "certFile", target: func(c *Config) value { return (*text)(&c.CertFile) },
		Help: "client certificate (PEM)"},
	{Name: "keyFile", target: func(c *Config) value { return (*text)(&c.KeyFile) },
		Help: "key (PEM) of the client certificate"},
	{Name: "insecureSkipVerify", target: func(c *Config) value { return (*boolean)(&c.InsecureSkipVerify) },
		Help: "accept any server certificate"},
	{Name: "onStart", target: func(c *Config) value { return choice{&c.OnStart, []string{OnStartWarn, OnStartFail}} },
		Help: "if the server is away at the start: `warn` and go on, or `fail`"},
}

// find returns the setting of a name.
func find(name string) (Setting, bool) {
	for _, setting := range Settings {
		if setting.Name == name {
			return setting, true
		}
	}
	return Setting{}, false
}
