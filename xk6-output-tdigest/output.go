package tdigest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/errext/exitcodes"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"

	"xk6-output-tdigest/internal/account"
	"xk6-output-tdigest/internal/config"
	"xk6-output-tdigest/internal/delivery"
	"xk6-output-tdigest/internal/series"
	"xk6-output-tdigest/internal/wire"
)

// Output aggregates the samples of one k6 process and ships them to one server. k6 may run several.
type Output struct {
	params   output.Params
	config   config.Config
	logger   logrus.FieldLogger
	instance wire.Instance
	account  *account.Account
	client   *delivery.Client

	thresholds map[string]metrics.Thresholds
	aggregator *aggregator
	shipper    *shipper
	sender     *delivery.Sender
	stopOnce   sync.Once
	stopErr    error
}

var (
	_ output.WithStopWithTestError = new(Output)
	_ output.WithThresholds        = new(Output)
)

// New makes the output from k6's parameters. It does not talk to the server yet.
func New(params output.Params) (output.Output, error) {
	settings, err := config.Read(config.Sources{
		JSON:        params.JSONConfig,
		Script:      params.ScriptOptions.External["tdigest"],
		Environment: params.Environment,
		Argument:    params.ConfigArgument,
	})
	if err != nil {
		return nil, invalid(err)
	}
	o := &Output{
		params:  params,
		config:  settings,
		logger:  params.Logger.WithField("output", "tdigest"),
		account: account.New(),
	}
	if _, err := rand.Read(o.instance[:]); err != nil {
		return nil, fmt.Errorf("tdigest: make an instance id: %w", err)
	}
	if o.config.Instance == "" {
		o.config.Instance = fmt.Sprintf("%s-%s", hostname(), o.instance.String()[:8])
	}
	options, err := deliveryOptions(o.config)
	if err != nil {
		return nil, invalid(err)
	}
	o.client = delivery.NewClient(options)
	return o, nil
}

// Description is the line that k6 shows before the test.
func (o *Output) Description() string {
	run := ""
	if o.config.RunID != "" {
		run = ", run " + o.config.RunID
	}
	return fmt.Sprintf("tdigest v%s (%s, %v%s)", version, o.config.Server(), o.config.Interval, run)
}

// SetThresholds is called before Start; the thresholds travel with the first batch.
func (o *Output) SetThresholds(thresholds map[string]metrics.Thresholds) { o.thresholds = thresholds }

// Start greets the server and begins to aggregate. An error keeps the test from running.
func (o *Output) Start() error {
	hello, err := o.greet()
	if err != nil {
		return invalid(err)
	}
	started := newClock(time.Now())
	encoder, err := wire.NewEncoder(o.instance, o.config.RunID, o.source(started), o.config.Interval, o.account)
	if err != nil {
		return fmt.Errorf("tdigest: %w", err)
	}
	encoder.Limit(hello.WireLimits())
	compress := o.config.Encoding == config.EncodingGzip && hello.Gzip()
	o.sender = delivery.NewSender(o.client, encoder, o.account, o.logger, o.config.QueueBytes, compress, mathrand.Float64)
	o.shipper = newShipper(encoder, o.sender, o.account, o.logger)
	o.account.WarnOf(o.warnOfLoss)
	o.aggregator = newAggregator(o.config, o.rules(hello.Limits.NameLength), started, o.shipper, o.account, o.logger)
	o.sender.Start()
	o.shipper.start()
	o.aggregator.start()
	o.logger.WithField("instance", o.instance.String()).Debug("started")
	return nil
}

// AddMetricSamples only queues: k6 calls it from the goroutine that feeds all outputs, and with it the virtual users.
func (o *Output) AddMetricSamples(samples []metrics.SampleContainer) { o.aggregator.enqueue(samples) }

// Stop ends the run as if the test had passed.
func (o *Output) Stop() error { return o.StopWithTestError(nil) }

// StopWithTestError delivers what is left, within the stop timeout, and gives account of every sample.
func (o *Output) StopWithTestError(error) error {
	if o.aggregator == nil {
		return nil // never started
	}
	o.stopOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), o.config.StopTimeout)
		defer cancel()
		o.aggregator.stop()
		o.shipper.stop()
		o.sender.Stop(ctx)
		o.stopErr = o.giveAccount()
	})
	return o.stopErr
}

// greet tells a server that is away, which may come back, from one that will never do.
func (o *Output) greet() (delivery.Hello, error) {
	hello, err := o.client.Hello(context.Background())
	switch {
	case err == nil:
		o.logger.WithField("server", hello.Server).Debug("server found")
		return hello, nil
	case !errors.Is(err, delivery.ErrAway) || o.config.OnStart == config.OnStartFail:
		return delivery.Hello{}, fmt.Errorf("url %s: %w", o.config.Server(), err)
	default:
		o.logger.Warnf("the test starts without the server at %s, batches wait for it: %v", o.config.Server(), err)
		return delivery.UnknownServer, nil
	}
}

func (o *Output) giveAccount() error {
	t := o.account.Totals()
	leftOut := ""
	if t.LeftOut > 0 {
		leftOut = fmt.Sprintf(", %d others left out by metrics", t.LeftOut)
	}
	lost := ""
	if t.Lost() > 0 {
		lost = ", lost: " + t.Losses()
	}
	if t.LeftOut > 0 && t.Seen == 0 {
		o.logger.Warnf("nothing was sent: metrics %q leaves out all samples", strings.Join(o.config.Metrics, ","))
	}
	o.logger.WithFields(logrus.Fields{
		"seen": t.Seen, "sent": t.Sent, "leftOut": t.LeftOut, "late": t.Late,
		"dropped": t.Lost(), "batches": t.Batches, "retries": t.Retries,
	}).Logf(o.level(t), "%d of %d samples delivered in %d batches%s%s", t.Sent, t.Seen, t.Batches, leftOut, lost)
	if t.Lost() > 0 {
		return fmt.Errorf("tdigest: %d of %d samples were lost: %s", t.Lost(), t.Seen, t.Losses())
	}
	return nil
}

// level is that of the account: a loss has to be seen where only warnings are.
func (o *Output) level(t account.Totals) logrus.Level {
	if t.Lost() > 0 || t.Unsettled() != 0 {
		return logrus.WarnLevel
	}
	return logrus.InfoLevel
}

// warnOfLoss tells once of each cause that samples are not stored; the account has the numbers.
func (o *Output) warnOfLoss(cause account.Cause, example string) {
	o.logger.WithField("cause", cause).Warnf("samples are dropped (%s), the first: %s", cause.Words(), example)
}

func (o *Output) rules(nameLength int) series.Rules {
	return series.Rules{
		Prefix:   o.config.Prefix,
		Instance: o.config.Instance,
		Tags:     o.config.Tags,
		DropTags: o.config.DropTags,
		KeepTags: o.config.KeepTags,
		Metrics:  o.config.Metrics,

		NameLength: nameLength,
	}
}

func deliveryOptions(c config.Config) (delivery.Options, error) {
	username, password := c.Credentials()
	trust, err := c.TLS()
	return delivery.Options{
		URL:       c.Endpoint(),
		Timeout:   c.Timeout,
		Token:     c.Token,
		Username:  username,
		Password:  password,
		Headers:   c.Headers,
		TLS:       trust,
		UserAgent: userAgent(),
	}, err
}

// invalid marks an error that the user has to mend in the settings, with the exit code k6 has for it.
func invalid(err error) error {
	return errext.WithExitCodeIfNone(fmt.Errorf("tdigest: %w", err), exitcodes.InvalidConfig)
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}
