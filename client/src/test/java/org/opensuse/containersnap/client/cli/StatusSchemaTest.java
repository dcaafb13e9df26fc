package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.client.StatusSchema;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

/// Holds what `status --json` prints against the schema that is published of it.
class StatusSchemaTest {
    private static final String IMAGE = "a".repeat(64);
    private static final String WORK = IMAGE + "-work4";
    private static final Value SOME_TIME = new Value.Whole(1736419651818647L);

    private final FakeHost host = new FakeHost();
    private final FakeBus bus = new FakeBus();

    private String status(Map<Property, Value> manager, List<Map<Property, Value>> snapshots, List<Value> jobs) {
        bus.answer(Method.GET_PROPERTIES, FakeBus.job(manager))
                .answer(
                        Method.LIST_SNAPSHOTS,
                        new Value.Items(snapshots.stream()
                                .map(FakeBus::job)
                                .map(StatusSchemaTest::at)
                                .toList()))
                .answer(
                        Method.LIST_JOBS,
                        new Value.Items(jobs.stream().map(StatusSchemaTest::at).toList()));
        assertThat(new Program(host, (_, _) -> bus).run(List.of("status", "--json")))
                .isZero();
        return host.output.toString();
    }

    private static Value at(Value object) {
        return new Value.Items(List.of(Value.of("/path"), object));
    }

    private String whole() {
        return status(
                Map.of(
                        Property.VERSION, Value.of("0.1.0"),
                        Property.BOOTED_SNAPSHOT, Value.of(WORK),
                        Property.BOOTED_SUBVOLUME, Value.of("@container-snap/roots/" + WORK),
                        Property.DEFAULT_CHOSEN_BY, Value.of("update"),
                        Property.DEFAULT_CHOSEN_TIME, SOME_TIME,
                        Property.ROLLBACK_AVAILABLE, Value.of(true),
                        Property.REBOOT_NEEDED, Value.of(true),
                        Property.LAST_CHECK, SOME_TIME,
                        Property.TRIAL,
                                new Value.Dictionary(Map.of(
                                        "snapshot", Value.of(WORK),
                                        "verdict", Value.of("failed"),
                                        "tries", new Value.Whole(3),
                                        "tries_allowed", new Value.Whole(3),
                                        "reason", Value.of("it burns"))),
                        Property.CACHED_UPDATE,
                                new Value.Dictionary(Map.of(
                                        "reference", Value.of("docker://a.b/os:1"),
                                        "digest", Value.of("sha256:" + IMAGE),
                                        "image", Value.of(IMAGE),
                                        "version", Value.of("2\u001b\""),
                                        "created", new Value.Whole(1736419651818647723L),
                                        "download_bytes", new Value.Whole(Long.MAX_VALUE),
                                        "available", Value.of(true)))),
                List.of(
                        Map.of(
                                Property.SNAPSHOT_ID, Value.of(WORK),
                                Property.SNAPSHOT_NUMBER, new Value.Whole(300),
                                Property.SNAPSHOT_IMAGE, Value.of(IMAGE),
                                Property.SNAPSHOT_BASE, Value.of(IMAGE),
                                Property.SNAPSHOT_ORIGIN, Value.of("docker://a.b/os:1"),
                                Property.SNAPSHOT_VERSION, Value.of("1"),
                                Property.SNAPSHOT_CREATION_TIME, SOME_TIME,
                                Property.SNAPSHOT_ROOT, Value.of("/roots/" + WORK + "/"),
                                Property.SNAPSHOT_BOOTED, Value.of(true)),
                        Map.of(
                                Property.SNAPSHOT_ID, Value.of(IMAGE),
                                Property.SNAPSHOT_IMAGE, Value.of(IMAGE),
                                Property.SNAPSHOT_ROOT, Value.of("/roots/" + IMAGE + "/"))),
                List.of(FakeBus.job(Map.of(
                        Property.JOB_ID, new Value.Whole(7),
                        Property.JOB_OPERATION, Value.of("pull"),
                        Property.JOB_TARGET, Value.of("docker://a.b/os:2"),
                        Property.JOB_STATE, Value.of("running"),
                        Property.JOB_PHASE, Value.of("downloading"),
                        Property.JOB_PROGRESS_VALID, Value.of(true),
                        Property.JOB_PROGRESS, new Value.Real(0.5),
                        Property.JOB_BYTES_DONE, new Value.Whole(1024)))));
    }

    @Test
    void allThatThereCanBeIsInTheSchema() {
        String status = whole();
        assertThat(StatusSchema.problems(status)).as(status).isEmpty();
        assertThat(status).contains("\"id\": \"" + WORK + "\"").doesNotContain("\"id\": \"" + IMAGE + "\"");
    }

    @Test
    void aMachineThatHasNothingYetIsInTheSchema() {
        String status = status(
                Map.of(
                        Property.VERSION, Value.of("0.1.0"),
                        Property.BOOTED_SUBVOLUME, Value.of("@"),
                        Property.DEFAULT_SUBVOLUME, Value.of("")),
                List.of(),
                List.of());
        assertThat(StatusSchema.problems(status)).as(status).isEmpty();
    }

    /// What is printed must be able to fail.
    @ParameterizedTest
    @CsvSource({
        "'\"reboot_needed\": true', '\"reboot_needed\": \"yes\"'",
        "'\"reboot_needed\": true,', ''",
        "'\"version\": \"0.1.0\"', '\"version\": null'",
        "'\"version\": \"0.1.0\"', '\"version\": \"0.1.0\", \"new\": 1'",
        "'\"default_chosen\": \"2025', '\"default_chosen\": \"on 2025'",
        "'\"verdict\": \"failed\"', '\"verdict\": \"fine\"'",
        "'\"tries\": 3', '\"tries\": -3'",
        "'\"reason\": \"it burns\"', '\"reason\": \"\"'",
        "'\"progress\": 0.500', '\"progress\": 1.500'",
        "'\"state\": \"running\"', '\"state\": \"failed\"'",
        "'\"root\": \"/roots', '\"root\": \"roots'",
        "'\"number\": 300', '\"numbers\": 300'",
    })
    void anythingElseIsNot(String what, String instead) {
        String status = whole();
        assertThat(status).contains(what);
        assertThat(StatusSchema.problems(status.replace(what, instead))).isNotEmpty();
    }
}
