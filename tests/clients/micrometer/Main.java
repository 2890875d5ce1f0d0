import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.opentsdb.OpenTSDBConfig;
import io.micrometer.opentsdb.OpenTSDBMeterRegistry;
import java.time.Duration;
import java.util.Map;

/** Publishes every kind of meter once through micrometer's own OpenTSDB registry: PORT. */
public final class Main {
    public static void main(String[] arguments) {
        Map<String, String> settings =
                Map.of(
                        "opentsdb.uri", "http://127.0.0.1:" + arguments[0] + "/api/put",
                        "opentsdb.step", Duration.ofMinutes(1).toString(),
                        "opentsdb.batchSize", "40");
        OpenTSDBConfig config = settings::get;
        OpenTSDBMeterRegistry registry = new OpenTSDBMeterRegistry(config, Clock.SYSTEM);
        registry.config().commonTags("application", "shop", "region", "eu-west");

        for (int i = 0; i < 100; i++) {
            registry.counter("orders", "kind", i % 2 == 0 ? "book" : "record").increment(i / 3.0);
            Timer.builder("requests").tag("uri", "/page/" + i % 5).publishPercentileHistogram().register(registry)
                    .record(Duration.ofMillis(7L * i));
            DistributionSummary.builder("size").publishPercentiles(0.5, 0.99).register(registry).record(i * 10.5);
        }
        Gauge.builder("queue", () -> 42).tag("name", "größe").register(registry);
        registry.close(); // publishes what is there
    }
}
